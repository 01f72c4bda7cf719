import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { expect, test } from './portside-app.ts';

const root = resolve(import.meta.dirname, '..');
const program = join(root, 'release', 'linux-unpacked', 'portside');
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

test.skip(process.platform !== 'linux', 'The unpacked folder is made and started on Linux only.');

/** Runs a program to its end. */
async function exitCode(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit');
  return code;
}

test('the packaged application has its fuses set, starts, and opens no door for other programs', async ({ places }) => {
  test.setTimeout(300_000);
  const made = spawn(process.execPath, [join(root, 'scripts', 'package.mjs'), '--dir'], {
    cwd: root,
    stdio: 'inherit',
  });
  expect(await exitCode(made)).toBe(0);

  const wire = await getCurrentFuseWire(program);
  const isOn = (fuse: FuseV1Options) => String.fromCharCode(Number(wire[fuse])) === '1';
  expect({
    runAsNode: isOn(FuseV1Options.RunAsNode),
    nodeOptions: isOn(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
    inspect: isOn(FuseV1Options.EnableNodeCliInspectArguments),
    onlyAsar: isOn(FuseV1Options.OnlyLoadAppFromAsar),
    integrity: isOn(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
    cookies: isOn(FuseV1Options.EnableCookieEncryption),
    fileProtocol: isOn(FuseV1Options.GrantFileProtocolExtraPrivileges),
  }).toEqual({
    runAsNode: false,
    nodeOptions: false,
    inspect: false,
    onlyAsar: true,
    integrity: true,
    cookies: true,
    fileProtocol: false,
  });

  const start = (...more: string[]) =>
    spawn(program, [...asRoot, `--user-data-dir=${places.userData}`, `--workspace=${places.workspace}`, ...more], {
      // With the fuse off this asks for nothing.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: 'ignore',
    });
  expect(await exitCode(start('--remote-debugging-port=0'))).toBe(1);

  const running = start();
  const log = join(places.userData, 'logs', 'main.log');
  try {
    await expect
      .poll(() => (existsSync(log) ? readFileSync(log, 'utf8') : ''), { timeout: 60_000 })
      .toContain('"event":"engine.state","kind":"ready"');
    expect(existsSync(join(places.workspace, 'evidence.duckdb'))).toBe(true);
  } finally {
    running.kill();
    await exitCode(running);
  }
  await expectHelper(join(places.folder, 'helper.sock'));
});

/** The packaged program as the capture's helper: without a screen, on a socket that only its user can open. */
async function expectHelper(socketPath: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { DISPLAY: _none, ...env } = process.env;
  const words = ['--no-sandbox', '--no-zygote', '--capture-helper', '--uid', '65534', '--socket', socketPath];
  const helper = spawn(program, words, { env, stdio: 'ignore' });
  try {
    await expect.poll(() => existsSync(socketPath), { timeout: 20_000 }).toBe(true);
    expect([statSync(socketPath).mode & 0o777, statSync(socketPath).uid]).toEqual([0o600, 65534]);
    const socket = connect(socketPath);
    const [hello] = await once(socket.setEncoding('utf8'), 'data');
    expect(JSON.parse(String(hello))).toMatchObject({ kind: 'hello', pid: helper.pid });
    const ended = exitCode(helper);
    socket.write(`${JSON.stringify({ kind: 'stop' })}\n`);
    expect(await ended).toBe(0);
  } finally {
    helper.kill('SIGKILL');
  }
}
