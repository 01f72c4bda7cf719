import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../shared/base/failure.ts';
import { formatCount } from '../../shared/base/format.ts';
import { demoEndMs, demoOptions, demoProfiles, writeDemoNdjson } from '../evidence/demo-files.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { oneOf, readOption, wholeNumber } from './arguments.ts';
import { command } from './command.ts';

/** What the demo workspace was made from; it is written last, so where it lies the demo is whole. */
const recordName = 'demo.json';
const labelsName = 'demo-labels.ndjson';

interface DemoRecord {
  readonly workspace: string;
  /** False where the demo was there already. */
  readonly made: boolean;
  readonly profile: string;
  readonly seed: string;
  readonly hosts: number;
  readonly days: number;
  readonly writes: number;
  readonly deviceEvents: number;
  readonly findings: number;
  /** What every session of the demo really was, a line each. Not evidence: to check detection against. */
  readonly labels: string;
}

export const demoCommand = command({
  name: 'demo',
  operands: '',
  operandCount: [0, 0],
  summary: 'Makes the demo workspace and says where it is; at once where it is there already.',
  options: {
    profile: { type: 'string', default: 'port' },
    seed: { type: 'string', default: '1' },
    hosts: { type: 'string' },
    days: { type: 'string' },
    'keep-files': { type: 'boolean' },
  },
  usualWorkspace: 'demo',
  async run({ values, output, signal, workspacePath, openServices, say }) {
    const profile = oneOf(
      '--profile',
      Object.keys(demoProfiles) as (keyof typeof demoProfiles)[],
    )(values.profile ?? 'port');
    const recordPath = join(workspacePath, recordName);
    const show = (record: DemoRecord) =>
      output.document(record, () => [
        `${record.workspace}`,
        `  ${formatCount(record.writes)} writes of ${formatCount(record.hosts)} hosts over ${record.days} days, ${formatCount(record.findings)} findings`,
        `  what every session really was: ${record.labels}`,
      ]);
    if (existsSync(recordPath)) {
      const record = JSON.parse(await readFile(recordPath, 'utf8')) as DemoRecord;
      await show({ ...record, workspace: workspacePath, labels: join(workspacePath, labelsName), made: false });
      return undefined;
    }
    const options = demoOptions(demoEndMs, {
      profile: demoProfiles[profile],
      seed: values.seed ?? '1',
      ...optional('hosts', readOption(values.hosts, wholeNumber('--hosts', 3, 5_000))),
      ...optional('days', readOption(values.days, wholeNumber('--days', 2, 400))),
    });
    const { engine } = await openServices({ mayMake: true });
    const { writes: present } = await engine['evidence.summary']({}, { signal, emit: () => undefined });
    if (present > 0 && !existsSync(join(workspacePath, folderName))) {
      throw fail(
        'bad-input',
        `${workspacePath} already holds evidence that is no demo.`,
        'Give the demo a workspace of its own with --workspace DIR.',
      );
    }
    const folder = join(workspacePath, folderName);
    say(`Making up ${options.hosts} hosts over ${options.days} days.`);
    const files = await writeDemoNdjson(folder, options, signal);
    say(`Importing ${formatCount(files.writes)} writes.`);
    for (const path of files.evidence) await engine['evidence.import']({ path }, { signal, emit: () => undefined });
    say('Scoring.');
    const { findings } = await engine['scores.refresh']({}, { signal, emit: () => undefined });
    const labels = join(workspacePath, labelsName);
    await rename(files.labels, labels);
    const record: DemoRecord = {
      workspace: workspacePath,
      made: true,
      profile,
      seed: options.seed,
      hosts: options.hosts,
      days: options.days,
      writes: files.writes,
      deviceEvents: files.deviceEvents,
      findings,
      labels,
    };
    await writeFileAtomic(recordPath, `${JSON.stringify(record, undefined, 2)}\n`);
    if (!values['keep-files']) await rm(folder, { recursive: true, force: true });
    await show(record);
    return undefined;
  },
});

/** Where the made-up files lie until they are imported; left behind, it says that a demo was begun here. */
const folderName = 'demo-files';

function optional<Key extends string, T>(key: Key, value: T | undefined): { readonly [K in Key]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: T });
}
