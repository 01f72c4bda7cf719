import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const built = resolve(import.meta.dirname, '../..', 'out');

/** The built files of a folder, by name. */
function readBuilt(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(join(built, folder), { recursive: true, encoding: 'utf8' });
  const texts = files.filter((file) => /\.(js|cjs|html)$/.test(file));
  return new Map(texts.map((file) => [file, readFileSync(join(built, folder, file), 'utf8')]));
}

test('main opens nothing outside, turns no protection off and runs no text in a page', () => {
  const main = readBuilt('main');
  expect(main.size).toBeGreaterThan(3);
  for (const [file, text] of main) {
    for (const risk of [
      /shell\.open(External|Path)/,
      /NODE_TLS_REJECT_UNAUTHORIZED/,
      /webSecurity:\s*(false|!1)/,
      /allowRunningInsecureContent|experimentalFeatures|enableBlinkFeatures/,
      /nodeIntegration:\s*(true|!0)/,
      /executeJavaScript/,
    ]) {
      expect(`${file}: ${risk.exec(text)?.[0] ?? ''}`).toBe(`${file}: `);
    }
  }
  // The one exception only looks at a cluster's certificate and carries nothing.
  const unchecked = [...main.values()].flatMap((text) => text.match(/rejectUnauthorized:\s*(false|!1)/g) ?? []);
  expect(unchecked.length).toBeLessThanOrEqual(1);
});

test('the preload needs nothing but electron and gives nothing but the bridge', () => {
  const preload = [...readBuilt('preload').values()].join('\n');
  expect([...preload.matchAll(/require\(["'`]([^"'`]+)["'`]\)/g)].map(([, name]) => name)).toEqual(['electron']);
  expect(preload.match(/exposeInMainWorld/g)).toHaveLength(1);
});

test('the page loads its own files only, with a nonce for each answer', () => {
  const html = readBuilt('renderer').get('index.html') ?? '';
  for (const [, target = ''] of html.matchAll(/(?:src|href)="([^"]*)"/g)) expect(target).toMatch(/^(\.\/|\/|data:)/);
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|\son\w+=/);
  for (const tag of html.match(/<(script|link rel="stylesheet")[^>]*>/g) ?? [])
    expect(tag).toContain('nonce="__CSP_NONCE__"');
});
