import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const builtCli = join(resolve(import.meta.dirname, '../..'), 'out', 'main', 'cli.js');

/** What a run of the built command line left behind. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line as its users do; `configFolder` stands for the person's own folder. */
export function runPortside(
  args: readonly string[],
  options: {
    readonly configFolder: string;
    readonly cancelAfterFirstOutput?: boolean;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<CliRun> {
  if (!existsSync(builtCli)) throw new Error('The command line is not built: run "npm run build" first.');
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [builtCli, ...args], {
      env: { ...process.env, ...options.env, XDG_CONFIG_HOME: options.configFolder, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      if (options.cancelAfterFirstOutput) child.stdout.destroy();
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', failed);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

/** The JSON objects of an output with one on each line. Throws where a line is none. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
