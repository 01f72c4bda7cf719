/** English of the first start. */
export const firstRunTexts = {
  title: 'Which process wrote to a removable device?',
  lead: 'Nothing is known yet. Each of these leads to a first finding.',
  demo: {
    title: 'Open the demo',
    text: 'A made-up company of 40 hosts over three weeks, with a few people who carry data away.',
    action: 'Open the demo',
  },
  import: {
    title: 'Import files',
    text: 'File and device events of Elastic Defend as NDJSON, JSON, CSV or Parquet, also .gz. Or drop them onto this window.',
    action: 'Choose files',
  },
  connect: {
    title: 'Connect to Elasticsearch',
    text: 'Evidence stays where it is: the cluster is asked for what the screen shows.',
    action: 'Connect',
  },
  live: {
    title: 'Watch this computer',
    text: 'See who writes to a stick while it happens. What was seen is kept and can be looked into later.',
    action: 'Open Live',
  },
} as const;
