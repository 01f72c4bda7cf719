import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, open, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import yazl from 'yazl';
import { assertExists } from '../../shared/base/assert.ts';
import { cannedFinding, hostileText } from './canned-questions.ts';
import { exportPackage } from './case-package.ts';
import { makeCaseTestSet, quietCall } from './case-test-set.ts';
import { verifyPackage } from './package-verify.ts';

const run = promisify(execFile);
const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function freshSet(...findings: Parameters<typeof makeCaseTestSet>) {
  const set = await makeCaseTestSet(...findings);
  made.push(set.folder);
  return set;
}

type TestSet = Awaited<ReturnType<typeof freshSet>>;

/** A case with something of everything, exported. */
async function exportedCase(set: TestSet, isRedacted = false) {
  const { id } = await set.store.open({ findingIds: ['f-1'] }, quietCall);
  await set.store.record(id, { kind: 'note.added', payload: { text: hostileText } });
  await set.store.record(id, {
    kind: 'step.marked',
    payload: { findingId: 'f-1', step: 'process', state: 'suspicious', note: hostileText },
  });
  const attachment = join(set.folder, 'photo <of> stick.txt');
  await writeFile(attachment, 'attached');
  await set.store.attach(id, attachment, '', quietCall.signal);
  await set.store.record(id, {
    kind: 'verdict.given',
    payload: { verdict: 'likely-exfiltration', confidence: 'high', text: 'See steps.' },
  });
  const path = join(set.folder, `${id}${isRedacted ? '-redacted' : ''}.zip`);
  return { id, path, exported: await exportPackage(set, id, { path, isRedacted }, quietCall) };
}

describe('a package', () => {
  it('verifies, and is the same bytes whatever the clock says', async () => {
    const set = await freshSet();
    const { id, path, exported } = await exportedCase(set);
    expect(await verifyPackage(path)).toEqual({
      ok: true,
      entries: 20,
      files: exported.files,
      problems: [],
      head: exported.head,
      keyFingerprint: set.key.fingerprint,
      contents: {
        caseId: id,
        isRedacted: false,
        changedAtMs: Date.parse('2026-11-19T22:40:00Z'),
        portside: '0.1.0',
        title: 'rundll32.exe to a removable device, ws-042',
        openedBy: 'r.osei',
        openedAtMs: Date.parse('2026-11-19T22:40:00Z'),
        verdict: { verdict: 'likely-exfiltration', text: 'See steps.', actor: 'r.osei' },
        findings: [{ process: 'rundll32.exe', host: 'ws-042', score: 89 }],
        exhibits: 7,
      },
    });
    set.time.wall += 86_400_000;
    const again = await exportPackage(set, id, { path: join(set.folder, 'again.zip') }, quietCall);
    expect(again.sha256).toBe(exported.sha256);
  });

  it('verifies with unzip, sha256sum, openssl and ssh-keygen alone', async () => {
    const set = await freshSet();
    const { path, exported } = await exportedCase(set);
    const folder = join(set.folder, 'unpacked');
    await mkdir(folder);
    const shell = (command: string) => run('sh', ['-euc', command], { cwd: folder });
    await shell(`unzip -q "${path}"`);
    expect((await shell('sha256sum -c SHA256SUMS')).stdout.trim().split('\n')).toHaveLength(exported.files - 3);
    const openssl =
      'openssl pkeyutl -verify -pubin -inkey signing-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig';
    expect((await shell(openssl)).stdout).toContain('Signature Verified Successfully');
    const ssh =
      'ssh-keygen -Y verify -f allowed-signers -I portside -n portside-case -s SHA256SUMS.sshsig < SHA256SUMS';
    expect((await shell(ssh)).stdout).toContain(
      `Good "portside-case" signature for portside with ED25519 key ${set.key.fingerprint}`,
    );
    const chain = `test "$(sed -n 3p journal.ndjson | tr -d '\\n' | sha256sum | cut -c1-64)" = "$(sed -n 4p journal.ndjson | grep -o '"prev":"[0-9a-f]*"' | cut -d'"' -f4)"`;
    await shell(chain);
    await shell('printf x >> SHA256SUMS');
    await expect(shell(openssl)).rejects.toThrow();
    await expect(shell(ssh)).rejects.toThrow();
  });

  it('is refused for a case that does not verify, and leaves no file', async () => {
    const set = await freshSet();
    const { id, path } = await exportedCase(set);
    await writeFile(join(set.folder, 'cases', id, 'attachments', 'E-07-photo_of_stick.txt'), 'other');
    const other = join(set.folder, 'other.zip');
    await expect(exportPackage(set, id, { path: other }, quietCall)).rejects.toMatchObject({ code: 'case-damaged' });
    await expect(stat(other)).rejects.toThrow();
    await expect(exportPackage(set, 'C-2026-0099', { path }, quietCall)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('shows hostile text as text in every file of it', async () => {
    const hostile = cannedFinding({
      process: hostileText,
      user: hostileText,
      host: hostileText,
      device: hostileText,
      executable: `C:\\${hostileText}\\a.exe`,
    });
    const long = cannedFinding({ id: 'f-2', process: 'x'.repeat(32_000), host: `${'h'.repeat(32_000)}` });
    const set = await freshSet([hostile, long]);
    await set.store.open({ findingIds: ['f-2'] }, quietCall);
    const { path } = await exportedCase(set);
    const folder = join(set.folder, 'unpacked');
    await run('unzip', ['-q', path, '-d', folder]);
    const read = (name: string) => readFile(join(folder, name), 'utf8');
    const report = await read('report.html');
    expect(report).not.toMatch(/<img|<\/script|onerror=alert\(1\)>|\u202e/);
    expect(report).not.toContain('\u0007');
    expect(report).toContain('&lt;img src=x onerror=alert(1)&gt;⟨U+202E⟩gpj.⟨U+0007⟩');
    for (const name of ['exports/writes.csv', 'exports/timesketch.csv', 'exports/iris-timeline.csv']) {
      const csv = await read(name);
      expect(csv, name).not.toMatch(/(?:^|,|\n)"?[=+@-]cmd/);
      expect(csv, name).not.toContain('\u0007');
    }
    for (const name of [
      'case.json',
      'manifest.json',
      'exports/stix.json',
      'exports/case-uco.jsonld',
      'exports/attack-navigator-layer.json',
    ])
      JSON.parse(await read(name));
    for (const name of ['exports/ecs.ndjson', 'exports/timesketch.jsonl', 'exports/kibana-timelines.ndjson'])
      for (const line of (await read(name)).trimEnd().split('\n')) JSON.parse(line);
    expect(await verifyPackage(path)).toMatchObject({ ok: true });
  });

  it('holds neither users nor paths when redacted, says so, and verifies', async () => {
    const set = await freshSet();
    const { path, exported } = await exportedCase(set, true);
    const bytes = (await readFile(path)).toString('latin1');
    expect(bytes.match(/.{0,40}(?:m\.keller|q3_close|7zS4A1|payroll\.7z).{0,40}/i)).toBeNull();
    expect(exported.redactions[0]).toBe(
      '1 user name and 22 paths were replaced, the same one by the same word everywhere.',
    );
    expect(bytes).toContain('user-1');
    // Lists of the settings hold words and accounts of the company; its thresholds do not.
    expect(bytes).toContain('historyDays');
    expect(bytes).not.toContain('sensitiveWords');
    const found = await verifyPackage(path);
    expect(found).toMatchObject({ ok: true });
    expect(Object.keys(found.contents ?? {})).toEqual(['caseId', 'isRedacted', 'changedAtMs', 'portside']);
  });

  it('has tables for DFIR-IRIS and Timesketch with the columns that their imports want', async () => {
    const set = await freshSet();
    const { path } = await exportedCase(set);
    const folder = join(set.folder, 'unpacked');
    await run('unzip', ['-q', path, '-d', folder]);
    const lines = async (name: string) => (await readFile(join(folder, 'exports', name), 'utf8')).trim().split(/\r?\n/);
    const [assets, iocs, timeline, timesketch] = await Promise.all(
      ['iris-assets.csv', 'iris-iocs.csv', 'iris-timeline.csv', 'timesketch.csv'].map(lines),
    );
    expect(assets?.[0]).toBe('asset_name,asset_type_name,asset_description,asset_ip,asset_domain,asset_tags');
    expect(assets?.[1]).toMatch(/^"?ws-042"?,"?Windows - Computer"?,/);
    expect(assets?.[2]).toContain('Account');
    expect(iocs?.[0]).toBe('ioc_value,ioc_type,ioc_description,ioc_tags,ioc_tlp');
    expect(iocs?.some((line) => line.includes('ab'.repeat(32)) && line.includes('sha256'))).toBe(true);
    expect(iocs?.slice(1).every((line) => /,"?(?:clear|green|amber|red)"?$/.test(line))).toBe(true);
    expect(timeline?.[0]).toBe(
      'event_date,event_tz,event_title,event_category,event_content,event_raw,event_source,event_assets,event_iocs,event_tags',
    );
    for (const column of ['message', 'datetime', 'timestamp_desc'])
      expect(timesketch?.[0]?.split(',')).toContain(column);
  });
});

describe('verifyPackage', () => {
  let shared: { readonly set: TestSet; readonly bytes: Buffer; readonly path: string } | undefined;
  afterAll(() => shared && rmSync(shared.set.folder, { recursive: true, force: true }));

  /** One exported package for all tests that only read it. */
  async function sample() {
    if (!shared) {
      const set = await makeCaseTestSet();
      const { path } = await exportedCase(set);
      shared = { set, path, bytes: await readFile(path) };
    }
    return { ...shared, target: join(shared.set.folder, 'changed.zip') };
  }

  it('finds a change of any byte: a sample of headers, directory, end and contents', async () => {
    const { bytes, target } = await sample();
    const directoryAt = bytes.readUInt32LE(bytes.length - 6);
    const headers: number[] = [];
    for (
      let at = bytes.indexOf('PK\u0003\u0004');
      at >= 0 && at < directoryAt;
      at = bytes.indexOf('PK\u0003\u0004', at + 1)
    )
      for (let byte = at; byte < at + 60; byte += 13) headers.push(byte);
    const everyEnd = Array.from({ length: 60 }, (_, index) => bytes.length - 1 - index);
    const directory = Array.from(
      { length: Math.ceil((bytes.length - directoryAt) / 5) },
      (_, index) => directoryAt + index * 5,
    );
    const spread = Array.from({ length: 60 }, (_, index) => Math.floor((index * bytes.length) / 60));
    // Every single byte takes minutes: PORTSIDE_PACKAGE_BYTES=all.
    const everyByte = process.env.PORTSIDE_PACKAGE_BYTES === 'all' ? bytes.keys() : [];
    for (const at of new Set([...headers, ...directory, ...everyEnd, ...spread, 0, 1, 2, 3, ...everyByte])) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(target, changed);
      const found = await verifyPackage(target);
      expect(found.ok, `byte ${at}`).toBe(false);
      expect(found.problems.length).toBeGreaterThan(0);
    }
  }, 1_800_000);

  it('finds a change of every byte of headers, names, directory, end, sums and raw signature', async () => {
    const { bytes, target } = await sample();
    await writeFile(target, bytes);
    const checked = new Set(bytes.keys());
    const wholeFiles = new Set(['SHA256SUMS', 'SHA256SUMS.sig']);
    let at = bytes.readUInt32LE(bytes.length - 6);
    while (bytes.readUInt32LE(at) === 0x02014b50) {
      const nameBytes = bytes.readUInt16LE(at + 28);
      const name = bytes.toString('utf8', at + 46, at + 46 + nameBytes);
      const start = bytes.readUInt32LE(at + 42) + 30 + nameBytes;
      const end = start + bytes.readUInt32LE(at + 20);
      if (!wholeFiles.delete(name)) for (let byte = start; byte < end; byte += 1) checked.delete(byte);
      at += 46 + nameBytes + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    }
    expect(wholeFiles.size).toBe(0);
    const file = await open(target, 'r+');
    try {
      for (const byte of checked) {
        const original = bytes[byte] ?? 0;
        await file.write(Buffer.of(original ^ (1 << (byte % 8))), 0, 1, byte);
        expect((await verifyPackage(target)).ok, `byte ${byte}`).toBe(false);
        await file.write(Buffer.of(original), 0, 1, byte);
      }
    } finally {
      await file.close();
    }
    expect(await verifyPackage(target)).toMatchObject({ ok: true });
  }, 60_000);

  it('finds bytes added, removed or swapped anywhere', async () => {
    const { bytes, target } = await sample();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length),
        fc.constantFrom('add', 'remove', 'swap'),
        fc.integer({ min: 1, max: 64 }),
        async (at, kind, length) => {
          const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
          const changed =
            kind === 'add'
              ? Buffer.concat([before, Buffer.alloc(length, 0x41), after])
              : kind === 'remove'
                ? Buffer.concat([before, after.subarray(Math.min(length, after.length))])
                : Buffer.concat([
                    before,
                    after.subarray(length, 2 * length),
                    after.subarray(0, length),
                    after.subarray(2 * length),
                  ]);
          fc.pre(!changed.equals(bytes));
          await writeFile(target, changed);
          expect((await verifyPackage(target)).ok).toBe(false);
        },
      ),
      { numRuns: 80 },
    );
  }, 60_000);

  /** A zip made by hand, with entries in the order given. */
  async function zipOf(
    entries: readonly {
      readonly name: string;
      readonly content?: string;
      readonly mode?: number;
      readonly compress?: boolean;
    }[],
    target: string,
    rename?: (bytes: Buffer) => Buffer,
  ): Promise<void> {
    const zip = new yazl.ZipFile();
    for (const { name, content = 'x', mode = 0o100644, compress = false } of entries)
      zip.addBuffer(Buffer.from(content), name, {
        mode,
        compress,
        mtime: new Date(1980, 0, 1),
        forceDosTimestamp: true,
      });
    zip.end();
    const chunks: Buffer[] = [];
    for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    await writeFile(target, rename ? rename(bytes) : bytes);
  }

  const replaceName = (from: string, to: string) => (bytes: Buffer) =>
    Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');

  it.each([
    [
      'a path that climbs',
      [{ name: 'aa/bb/x' }],
      replaceName('aa/bb/x', '../../x'),
      /invalid relative path|not a name/,
    ],
    ['an absolute path', [{ name: 'xetc/passwd' }], replaceName('xetc/', '/etc/'), /absolute path|not a name/],
    ['a drive letter', [{ name: 'C_/x' }], replaceName('C_/x', 'C:/x'), /absolute path|not a name/],
    [
      'a backslash',
      [{ name: 'evidence_x' }],
      replaceName('evidence_x', 'evidence\\x'),
      /invalid characters|not a name/,
    ],
    ['a link', [{ name: 'report.html', content: '/etc/passwd', mode: 0o120777 }], undefined, /no regular file/],
    ['a folder', [{ name: 'evidence', mode: 0o040755 }], undefined, /no regular file/],
    ['a name twice', [{ name: 'case.json' }, { name: 'case.json', content: 'y' }], undefined, /more than once/],
    ['a name in two cases', [{ name: 'VERIFY.txt' }, { name: 'verify.txt' }], undefined, /more than once|not a name/],
    ['a name that nobody expects', [{ name: 'autorun.inf' }], undefined, /not a name/],
    ['a device name of Windows', [{ name: 'attachments/CON' }], undefined, /not a name/],
    ['a name with NUL', [{ name: 'case.jsonX' }], replaceName('case.jsonX', 'case.json\0'), /not a name/],
    ['a reordering name', [{ name: 'attachments/E-01-\u202egpj.exe' }], undefined, /not a name/],
    [
      'compressed files',
      [{ name: 'case.json', content: 'a'.repeat(2_000_000), compress: true }],
      undefined,
      /compressed/,
    ],
    ['no files', [], undefined, /missing|is no package/],
  ] as const)('refuses %s', async (_title, entries, rename, expected) => {
    const { target } = await sample();
    await zipOf(entries, target, rename);
    const { ok, problems } = await verifyPackage(target);
    expect([ok, problems.join('\n')]).toEqual([false, expect.stringMatching(expected)]);
  });

  it('refuses more files than a package has, without reading them', async () => {
    const { target } = await sample();
    await zipOf(
      Array.from({ length: 10_001 }, (_, at) => ({ name: `evidence/E-01-${at}`, content: '' })),
      target,
    );
    const started = performance.now();
    const { problems } = await verifyPackage(target);
    expect([problems.length, performance.now() - started < 3_000]).toEqual([1, true]);
  }, 60_000);

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['the start of a zip', 'PK\u0003\u0004'],
    ['only an end record', `PK\u0005\u0006${'\u0000'.repeat(18)}`],
  ])('refuses a file of %s', async (_title, content) => {
    const { target } = await sample();
    await writeFile(target, content, 'latin1');
    const { ok, problems } = await verifyPackage(target);
    expect([ok, problems.length > 0]).toEqual([false, true]);
  });

  it('says plainly that it cannot read what is no file', async () => {
    const { set } = await sample();
    await expect(verifyPackage(join(set.folder, 'absent.zip'))).rejects.toMatchObject({ code: 'bad-input' });
    await expect(verifyPackage(set.folder)).rejects.toMatchObject({ code: 'bad-input' });
    const link = join(set.folder, 'link.zip');
    await symlink(assertExists(shared, 'the sample').path, link);
    expect(await verifyPackage(link)).toMatchObject({ ok: true });
  });

  it('does not accept a package that was signed anew with the journal of another case', async () => {
    const set = await freshSet();
    const first = await exportedCase(set);
    const second = await exportedCase(set);
    const other = await readFile(join(set.folder, 'cases', first.id, 'journal.ndjson'));
    await writeFile(join(set.folder, 'cases', second.id, 'journal.ndjson'), other);
    await expect(exportPackage(set, second.id, { path: second.path }, quietCall)).rejects.toMatchObject({
      code: 'case-damaged',
    });
  });
});
