import { readFile, rm } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutIntoParts } from './import-parts.ts';
import { testFolder } from './workspace-for-tests.ts';

const { signal } = new AbortController();

async function* chunksOf(text: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let index = 0; at < text.length; index++) {
    const size = Math.max(1, sizes[index % sizes.length] ?? 1);
    yield text.subarray(at, at + size);
    at += size;
  }
}

describe('a text cut into parts', () => {
  it('is the same text, cut behind lines only, however it comes in', async () => {
    const folder = await testFolder();
    const line = fc.string({ maxLength: 40 }).map((text) => text.replaceAll('\n', ' '));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 3 }),
        async (lines, sizes, partBytes) => {
          const text = Buffer.from(lines.join('\n'));
          const parts: { readonly bytes: Buffer; readonly linesBefore: number }[] = [];
          for await (const { path, linesBefore } of cutIntoParts(chunksOf(text, sizes), folder, signal, partBytes)) {
            parts.push({ bytes: await readFile(path), linesBefore });
            await rm(path);
          }
          expect(Buffer.concat(parts.map(({ bytes }) => bytes)).equals(text)).toBe(true);
          let before = '';
          for (const { bytes, linesBefore } of parts) {
            expect(linesBefore).toBe(before.split('\n').length - 1);
            expect(before === '' || before.endsWith('\n')).toBe(true);
            expect(bytes.length).toBeGreaterThan(0);
            before += bytes.toString();
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('fails where its source does, with the parts before', async () => {
    const folder = await testFolder();
    async function* failing(): AsyncGenerator<Buffer> {
      yield Buffer.from('one\ntwo\n');
      throw new Error('torn');
    }
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { path } of cutIntoParts(failing(), folder, signal, [4]))
        seen.push(await readFile(path, 'utf8'));
    })();
    await expect(reading).rejects.toThrow('torn');
    expect(seen).toEqual(['one\ntwo\n']);
  });
});
