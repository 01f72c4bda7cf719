import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
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

/** The part of electron-builder that writes what desktops read; it has no way in of its own. */
interface DesktopWriter {
  readonly mimeTypeFiles: Promise<string | null>;
  computeDesktopEntry(options: unknown): Promise<string>;
}

test('Linux desktops are told of links and case packages', async () => {
  const inBuilder = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
  const { Packager, Platform, Arch } = inBuilder('app-builder-lib');
  const { LinuxTargetHelper } = inBuilder('app-builder-lib/out/targets/LinuxTargetHelper');
  const packager = new Packager({
    projectDir: root,
    targets: Platform.LINUX.createTarget('dir', Arch.x64),
    config: { electronVersion: '33.0.0' },
  });
  // Reads electron-builder.yml against its schema, for all systems.
  await packager.validateConfig();
  const linux = await packager.createHelper(Platform.LINUX);
  const writer: DesktopWriter = new LinuxTargetHelper(linux);
  const entry = await writer.computeDesktopEntry(linux.platformSpecificBuildOptions);
  expect(entry.split('\n')).toEqual(
    expect.arrayContaining([
      'Exec=/opt/Portside/portside %U',
      'StartupWMClass=portside',
      'MimeType=application/x-portside-case;x-scheme-handler/portside;',
    ]),
  );
  const types = readFileSync((await writer.mimeTypeFiles) ?? '', 'utf8');
  expect(types).toContain('<mime-type type="application/x-portside-case">');
  expect(types).toContain('<glob pattern="*.portside"/>');
});

test('a macOS application, made from the outline of one, is told of links and case packages and has its icon and fuses', async ({
  places,
}) => {
  const dist = join(places.folder, 'dist');
  const out = join(places.folder, 'made');
  const contents = join(dist, 'Electron.app', 'Contents');
  const plist = '<plist version="1.0"><dict><key>CFBundleExecutable</key><string>Electron</string></dict></plist>';
  for (const name of ['', ' (Renderer)', ' (Plugin)', ' (GPU)']) {
    const helper = join(contents, 'Frameworks', `Electron Helper${name}.app`, 'Contents');
    await mkdir(join(helper, 'MacOS'), { recursive: true });
    await writeFile(join(helper, 'Info.plist'), plist);
    await writeFile(join(helper, 'MacOS', `Electron Helper${name}`), '');
  }
  await mkdir(join(contents, 'MacOS'));
  await mkdir(join(contents, 'Resources'));
  await mkdir(join(contents, 'Frameworks', 'Electron Framework.framework'));
  await writeFile(join(contents, 'Info.plist'), plist);
  await writeFile(join(contents, 'MacOS', 'Electron'), '');
  await writeFile(join(contents, 'Resources', 'electron.icns'), '');
  // The mark that fuses are found by, version 1, eight of them, all unset.
  const fuses = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\u0001\u000800000000';
  await writeFile(join(contents, 'Frameworks', 'Electron Framework.framework', 'Electron Framework'), fuses);

  const args = ['--mac', '--dir', '--x64', '--publish=never', '-c.electronVersion=33.0.0', `-c.electronDist=${dist}`];
  const files = ['package.json', 'out/main/entry.js', '!node_modules'].map((file) => `-c.files=${file}`);
  const cli = createRequire(import.meta.url).resolve('electron-builder/cli.js');
  const made = spawn(process.execPath, [cli, ...args, ...files, `-c.directories.output=${out}`], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, CSC_IDENTITY_AUTO_DISCOVERY: 'false' },
  });
  expect(await exitCode(made)).toBe(0);
  const bundle = join(out, 'mac', 'Portside.app', 'Contents');
  const info = readFileSync(join(bundle, 'Info.plist'), 'utf8').replaceAll(/\s+/g, '');
  expect(info).toContain('<key>CFBundleURLSchemes</key><array><string>portside</string></array>');
  expect(info).toContain('<key>CFBundleTypeExtensions</key><array><string>portside</string></array>');
  expect(info).toContain('<key>CFBundleIconFile</key><string>icon.icns</string>');
  const icon = readFileSync(join(bundle, 'Resources', 'icon.icns'));
  expect(icon.equals(readFileSync(join(root, 'build', 'icon.icns')))).toBe(true);
  const framework = join(bundle, 'Frameworks', 'Electron Framework.framework', 'Electron Framework');
  // In order: run as Node, encrypted cookies, NODE_OPTIONS, inspector, checked asar, asar only, V8 snapshot, file rights.
  expect(readFileSync(framework, 'latin1').slice(-8)).toBe('01001100');
});
