/** Other ways to order the same units, computed from the same findings. */
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dayMs, hourMs } from '../../shared/base/time.ts';
import type { Unit } from './measures.ts';
import type { CompanyRun } from './run.ts';

export interface Peer {
  readonly name: string;
  readonly scoreOf: (unit: Unit) => number;
}

/** The `rare` job per host (one hour), new terms over seven days, least frequency of occurrence. */
export function simplePeers(run: CompanyRun): Peer[] {
  const rare = new Map<string, number>();
  for (const { hourMs: startMs, host, process, elastic } of run.hours)
    rare.set(`${startMs}|${host}|${process}`, elastic.score);
  const firsts = new Map<string, number[]>();
  const hosts = new Map<string, Set<string>>();
  for (const { finding } of run.judged) {
    const key = `${finding.host}|${finding.process}`;
    const list = firsts.get(key);
    if (list) list.push(finding.startMs);
    else firsts.set(key, [finding.startMs]);
    const set = hosts.get(finding.process) ?? new Set();
    hosts.set(finding.process, set.add(finding.host));
  }
  const counts = new Map([...firsts].map(([key, list]) => [key, list.length]));
  return [
    {
      name: '`rare` per host, 1 h (simulated)',
      scoreOf: (unit) => {
        let best = 0;
        for (const { finding } of unit.findings) {
          for (let atMs = Math.floor(finding.startMs / hourMs) * hourMs; atMs <= finding.endMs; atMs += hourMs) {
            best = Math.max(best, rare.get(`${atMs}|${unit.host}|${unit.process}`) ?? 0);
          }
        }
        return best;
      },
    },
    {
      name: 'new terms (host, process), 7 d',
      scoreOf: (unit) => {
        const startMs = Math.min(...unit.findings.map(({ finding }) => finding.startMs));
        const earlier = (firsts.get(`${unit.host}|${unit.process}`) ?? []).some(
          (atMs) => atMs < startMs && atMs >= startMs - 7 * dayMs,
        );
        return earlier ? 0 : 1;
      },
    },
    {
      name: 'least frequency of occurrence',
      scoreOf: (unit) =>
        1 / (hosts.get(unit.process)?.size ?? 1) + 1e-3 / (counts.get(`${unit.host}|${unit.process}`) ?? 1),
    },
  ];
}

/** Figures of a unit for detectors that know nothing of the field. All but the sizes are of the past. */
export function features(run: CompanyRun, units: readonly Unit[]): number[][] {
  const byStart = [...run.judged].sort((a, b) => a.finding.startMs - b.finding.startMs);
  const seen = new Map<string, number>();
  const hostsOf = new Map<string, Set<string>>();
  const hourOf = new Map<string, number[]>();
  const before = new Map<string, number[]>();
  for (const { finding } of byStart) {
    const { host, user, process, device, executable = '' } = finding;
    const count = (key: string) => seen.get(key) ?? 0;
    const hour = new Date(finding.startMs).getUTCHours();
    const hours = hourOf.get(user) ?? Array.from({ length: 24 }, () => 0);
    const near = [-2, -1, 0, 1, 2].reduce((sum, shift) => sum + (hours[(hour + shift + 24) % 24] ?? 0), 0);
    const total = hours.reduce((sum, value) => sum + value, 0);
    before.set(finding.id, [
      -Math.log1p(count(`hp|${host}|${process}`)),
      -Math.log1p(hostsOf.get(process)?.size ?? 0),
      -Math.log1p(count(`hd|${host}|${device}`)),
      -Math.log1p(count(`d|${device}`)),
      -Math.log1p(count(`pe|${process}|${executable.slice(0, executable.lastIndexOf('\\') + 1)}`)),
      -(near + 0.5) / (total + 1),
      Math.log1p(finding.writtenBytes),
      Math.log1p(finding.events),
    ]);
    for (const key of [
      `hp|${host}|${process}`,
      `hd|${host}|${device}`,
      `d|${device}`,
      `pe|${process}|${executable.slice(0, executable.lastIndexOf('\\') + 1)}`,
    ]) {
      seen.set(key, count(key) + 1);
    }
    hostsOf.set(process, (hostsOf.get(process) ?? new Set()).add(host));
    hours[hour] = (hours[hour] ?? 0) + 1;
    hourOf.set(user, hours);
  }
  return units.map((unit) => {
    const rows = unit.findings.map(({ finding }) => before.get(finding.id) ?? []);
    return (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column] ?? 0)));
  });
}

const environment = path.resolve('out', 'pyod');

/** Makes a Python environment with pyod below `out`, once. Gives the reason where that cannot be. */
export async function preparePython(): Promise<{ readonly python: string } | { readonly reason: string }> {
  const python = path.join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (existsSync(path.join(environment, 'ready'))) return { python };
  const made = await run('python3', ['-m', 'venv', environment]);
  if (made.code !== 0) return { reason: `no Python environment: ${made.errors.trim().split('\n').at(-1) ?? ''}` };
  const installed = await run(python, ['-m', 'pip', 'install', '--quiet', 'pyod==3.6.7']);
  if (installed.code !== 0)
    return { reason: `pyod could not be installed: ${installed.errors.trim().split('\n').at(-1) ?? ''}` };
  writeFileSync(path.join(environment, 'ready'), '');
  return { python };
}

/** pyod's detectors over all units of a run, each with its usual settings. */
export async function pyodPeers(
  python: string,
  units: readonly Unit[],
  rows: readonly (readonly number[])[],
): Promise<Peer[]> {
  const script = path.resolve('bench', 'detection', 'pyod_scores.py');
  const answer = await run(python, [script], rows.map((row) => row.join(',')).join('\n'));
  if (answer.code !== 0) throw new Error(`pyod failed: ${answer.errors.slice(-400)}`);
  const [header = '', ...lines] = answer.output.trim().split('\n');
  const values = lines.map((line) => line.split(',').map(Number));
  return header.split(',').map((name, column) => {
    const scores = new Map(units.map((unit, at) => [unit.key, values[at]?.[column] ?? 0]));
    return { name: `pyod ${name}`, scoreOf: (unit) => scores.get(unit.key) ?? 0 };
  });
}

function run(
  command: string,
  args: readonly string[],
  input?: string,
): Promise<{ readonly code: number; readonly output: string; readonly errors: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      errors += data;
    });
    child.on('error', (error) => resolve({ code: 1, output, errors: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output, errors }));
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
}
