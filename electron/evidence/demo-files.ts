import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { throwIfAborted } from '../../shared/base/failure.ts';
import type { CompanyOptions } from '../../shared/demo/company.ts';
import type { CompanyProfile } from '../../shared/demo/company-profile.ts';
import { heldOutProfile, millProfile, portProfile } from '../../shared/demo/company-profiles.ts';
import { makeDemoAlerts } from '../../shared/demo/demo-alerts.ts';
import { type DemoLabel, makeDemoEvents } from '../../shared/demo/demo-events.ts';
import { makeWriteLines } from '../../shared/demo/write-line.ts';
import { toEcsAnomalyRecord, toEcsDeviceEvent, toEcsRuleAlert } from '../../shared/model/ecs.ts';

export const demoProfiles = { port: portProfile, 'held-out': heldOutProfile, mill: millProfile } satisfies Record<
  string,
  CompanyProfile
>;

/** The demo's last evening. Fixed, so that every demo tells the same story. */
export const demoEndMs = Date.UTC(2026, 10, 20, 9, 30);

/** The demo's usual size: 120 hosts, 30 days, about a million writes. */
export function demoOptions(endMs: number, change: Partial<CompanyOptions> = {}): CompanyOptions {
  return { profile: portProfile, seed: '1', hosts: 120, days: 30, endMs, ...change };
}

export interface DemoFiles {
  /** Files to import: writes by week, device events, anomaly records with alerts. */
  readonly evidence: readonly string[];
  /** What every session was, a line each; no evidence. */
  readonly labels: string;
  readonly writes: number;
  readonly deviceEvents: number;
}

const daysPerFile = 7;
const chunkCharacters = 1 << 20;

/**
 * Writes a made-up company's evidence into `folder` (made where it is missing) as NDJSON documents with ECS names. A file
 * there of the same name is replaced. After an abort, files may be left half-written.
 */
export async function writeDemoNdjson(
  folder: string,
  options: CompanyOptions,
  signal?: AbortSignal,
  onProgress: (done: { readonly days: number; readonly totalDays: number; readonly writes: number }) => void = () => {},
): Promise<DemoFiles> {
  await mkdir(folder, { recursive: true });
  const { company, days } = makeDemoEvents(options);
  const hosts = new Map(company.hosts.map((host) => [host.name, host.ecs]));
  const toLine = makeWriteLines();
  const evidence: string[] = [];
  const open = (name: string) => new LineFile(join(folder, name));
  const deviceFile = open('device-events.ndjson');
  const labelFile = open('labels.ndjson');
  const allLabels: DemoLabel[] = [];
  const files: LineFile[] = [deviceFile, labelFile];
  let writeFile: LineFile | undefined;
  let dayNumber = 0;
  let writes = 0;
  let deviceEvents = 0;
  try {
    for (const day of days()) {
      throwIfAborted(signal);
      if (dayNumber % daysPerFile === 0) {
        await writeFile?.close();
        writeFile = open(`writes-${dayNumber / daysPerFile + 1}.ndjson`);
        files.push(writeFile);
        evidence.push(writeFile.path);
      }
      for (const write of day.writes) {
        const full = writeFile?.add(toLine(write, hosts.get(write.host)));
        if (full) await full;
      }
      for (const event of day.deviceEvents) {
        await deviceFile.add(JSON.stringify(toEcsDeviceEvent(event, hosts.get(event.host))));
      }
      for (const label of day.labels) await labelFile.add(JSON.stringify(label));
      allLabels.push(...day.labels);
      writes += day.writes.length;
      deviceEvents += day.deviceEvents.length;
      dayNumber++;
      onProgress({ days: dayNumber, totalDays: options.days + 1, writes });
    }
    const alertFile = open('records-and-alerts.ndjson');
    files.push(alertFile);
    const { records, alerts } = makeDemoAlerts(allLabels, options.seed);
    // Records have no identity of their own in their source: they are written as search hits.
    for (const record of records) {
      await alertFile.add(
        JSON.stringify({ _index: '.ml-anomalies-custom-ded', _id: record.id, _source: toEcsAnomalyRecord(record) }),
      );
    }
    for (const alert of alerts) {
      await alertFile.add(
        JSON.stringify({
          _index: '.internal.alerts-security.alerts-default-000001',
          _id: alert.id,
          _source: toEcsRuleAlert(alert),
        }),
      );
    }
    evidence.push(deviceFile.path, alertFile.path);
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
  return { evidence, labels: labelFile.path, writes, deviceEvents };
}

/** Lines gathered into large pieces. */
class LineFile {
  readonly path: string;
  private readonly stream: WriteStream;
  private lines: string[] = [];
  private characters = 0;
  private isClosed = false;

  constructor(path: string) {
    this.path = path;
    this.stream = createWriteStream(path);
    // An error ends `close` with a rejection; until then it must not end the process.
    this.stream.on('error', () => {});
  }

  /** Gives a promise to wait for where the disk is behind. */
  add(line: string): Promise<void> | undefined {
    this.lines.push(line);
    this.characters += line.length;
    return this.characters >= chunkCharacters ? this.flush() : undefined;
  }

  private async flush(): Promise<void> {
    if (this.lines.length === 0) return;
    const text = `${this.lines.join('\n')}\n`;
    this.lines = [];
    this.characters = 0;
    if (!this.stream.write(text) && !this.stream.errored) await once(this.stream, 'drain');
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.flush();
    this.stream.end();
    await finished(this.stream);
  }
}
