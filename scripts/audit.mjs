#!/usr/bin/env node
/**
 * Asks the registry whether a locked package has a known weakness: `npm run audit`. Ends with 0 where it has none that is
 * not argued in `scripts/audit-argued.json` (advisory's number to the reason why it does no harm here), with 1 where it
 * has, and with 3 where the registry did not answer: then nothing was checked, and that is said. An argument that no
 * advisory needs any more is told too.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './run.mjs';

/**
 * What `npm audit --json` printed, as a verdict. Nothing that is not plainly a report counts as one.
 * @param {string} printed
 * @param {Readonly<Record<string, string>>} argued
 * @returns {{ code: 0 | 1 | 3, lines: readonly string[] }}
 */
export function judgeAudit(printed, argued) {
  /** @type {any} */
  let report;
  try {
    report = JSON.parse(printed);
  } catch {
    report = undefined;
  }
  const total = report?.metadata?.dependencies?.total;
  const { vulnerabilities } = report ?? {};
  if (typeof vulnerabilities !== 'object' || vulnerabilities === null || !(total > 0)) {
    const reason = report?.message ?? report?.error?.summary ?? 'it printed no report';
    return { code: 3, lines: [`NOT CHECKED. The registry gave no audit: ${reason}`] };
  }
  /** @type {Map<string, string>} */
  const found = new Map();
  // Text stands for another package of the report, which has its advisory itself.
  for (const { via } of Object.values(vulnerabilities))
    for (const advisory of via.filter((/** @type {unknown} */ one) => typeof one === 'object'))
      found.set(String(advisory.source), `${advisory.name}: ${advisory.title} (${advisory.severity}) ${advisory.url}`);
  const open = [...found].filter(([id]) => !(id in argued)).map(([id, text]) => `OPEN ${id} ${text}`);
  const known = [...found].filter(([id]) => id in argued).map(([id, text]) => `argued ${id} ${text}: ${argued[id]}`);
  const old = Object.keys(argued).filter((id) => !found.has(id));
  return {
    code: open.length > 0 ? 1 : 0,
    lines: [
      ...open,
      ...known,
      ...old.map((id) => `argued ${id} is not needed any more`),
      `${total} packages asked for: ${open.length} open, ${known.length} argued.`,
    ],
  };
}

function main() {
  const argued = JSON.parse(fs.readFileSync(path.join(root, 'scripts/audit-argued.json'), 'utf8'));
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { stdout } = spawnSync(npm, ['audit', '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 100_000_000,
    shell: process.platform === 'win32',
  });
  const { code, lines } = judgeAudit(stdout ?? '', argued);
  for (const line of lines) console.log(line);
  process.exitCode = code;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
