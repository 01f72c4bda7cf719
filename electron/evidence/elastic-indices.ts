/** Index patterns of the four kinds of evidence; several are parted by commas, remote clusters named as `cluster:pattern`. */
export interface ElasticIndices {
  readonly files: string;
  readonly devices: string;
  readonly alerts: string;
  readonly anomalies: string;
}

/** Where Elastic's own packages put them. */
export const defaultIndices: ElasticIndices = {
  files: 'logs-endpoint.events.file-*',
  devices: 'logs-endpoint.events.device-*',
  alerts: '.alerts-security.alerts-*',
  anomalies: '.ml-anomalies-*',
};
