import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const scripts = dirname(fileURLToPath(import.meta.url));

/** A machine in QEMU with a real kernel: the host's root, read-only, under a layer of its own, and a USB bus to plug into. */
export interface Guest {
  /** Runs a shell command as root. */
  run(command: string, timeoutMs?: number): Promise<{ readonly code: number; readonly output: string }>;
  /** Plugs in a USB stick with a FAT volume; returns after QEMU took it. */
  plug(stick: { readonly id: string; readonly serial: string; readonly label: string }): Promise<void>;
  /** Pulls it, whatever uses it. */
  pull(id: string): Promise<void>;
  /** Switches the machine off and removes what it left. */
  end(): Promise<void>;
}

async function open(path: string): Promise<Socket> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const socket = await new Promise<Socket | undefined>((resolve) => {
      const trial = connect(path, () => resolve(trial));
      trial.once('error', () => resolve(undefined));
    });
    if (socket) return socket;
    await pause(50);
  }
  throw new Error(`QEMU does not listen on ${path}.`);
}

/** Waits for lines of a socket. */
function lineReader(socket: Socket) {
  const lines: string[] = [];
  let rest = '';
  let wake: () => void = () => undefined;
  socket.setEncoding('utf8').on('data', (piece: string) => {
    const parts = (rest + piece).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((line) => line.replace(/\r$/, '')));
    wake();
  });
  return async (isWanted: (line: string) => boolean, timeoutMs: number): Promise<string> => {
    const deadlineMs = Date.now() + timeoutMs;
    for (;;) {
      for (let line = lines.shift(); line !== undefined; line = lines.shift()) if (isWanted(line)) return line;
      if (Date.now() > deadlineMs) throw new Error('The guest did not answer in time.');
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 200);
      });
    }
  };
}

/** Boots a guest from what `prepare.mjs` made in `cache`; about 10 to 20 s under software emulation. */
export async function bootGuest(cache: string): Promise<Guest> {
  const folder = mkdtempSync(join(tmpdir(), 'portside-guest-'));
  const image = readdirSync(join(cache, 'kernel/boot')).find((name) => name.startsWith('vmlinuz')) ?? '';
  const append = [
    'console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off random.trust_cpu=on',
    `portside.scripts=${scripts} portside.kernel=${join(cache, 'kernel')} portside.path=${dirname(process.execPath)}`,
  ].join(' ');
  const qemu = spawn(
    'nice',
    ['qemu-system-x86_64']
      .concat(['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '1536', '-machine', 'pc', '-nodefaults'])
      .concat(['-no-user-config', '-display', 'none', '-no-reboot'])
      .concat(['-kernel', join(cache, 'kernel/boot', image), '-initrd', join(cache, 'initrd.gz'), '-append', append])
      .concat(['-virtfs', 'local,path=/,mount_tag=hostroot,security_model=none,readonly=on,multidevs=remap'])
      .concat(['-object', 'rng-random,id=r,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=r'])
      .concat(['-device', 'qemu-xhci,id=xhci,p2=8,p3=8', '-serial', `file:${join(folder, 'console.log')}`])
      .concat(['-serial', `unix:${join(folder, 'agent')},server=on,wait=off`])
      .concat(['-qmp', `unix:${join(folder, 'qmp')},server=on,wait=off`]),
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const exited = new Promise<void>((resolve) => qemu.once('exit', () => resolve()));
  const agent = await open(join(folder, 'agent'));
  const readAgent = lineReader(agent);
  const control = await open(join(folder, 'qmp'));
  const readControl = lineReader(control);

  let lastId = 0;
  async function ask(execute: string, values: unknown = {}): Promise<void> {
    lastId += 1;
    const id = lastId;
    control.write(`${JSON.stringify({ execute, arguments: values, id })}\n`);
    const answer = JSON.parse(await readControl((line) => JSON.parse(line).id === id, 30_000));
    if (answer.error) throw new Error(`${execute}: ${JSON.stringify(answer.error)}`);
  }

  async function end(): Promise<void> {
    agent.write('__POWEROFF\n');
    const timer = setTimeout(() => qemu.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(timer);
    agent.destroy();
    control.destroy();
    rmSync(folder, { recursive: true });
  }

  try {
    await ask('qmp_capabilities');
    await readAgent((line) => line.startsWith('__READY'), 180_000);
  } catch (error) {
    const said = readFileSync(join(folder, 'console.log'), 'utf8').slice(-2_000);
    qemu.kill('SIGKILL');
    throw new Error(`The guest did not boot. Its last words: ${said}`, { cause: error });
  }

  return {
    async run(command, timeoutMs = 120_000) {
      agent.write(`${Buffer.from(command).toString('base64')}\n`);
      let output = '';
      const last = await readAgent((line) => {
        if (line.startsWith('__RC')) return true;
        output += line;
        return false;
      }, timeoutMs);
      return { code: Number(last.split(' ')[1]), output: Buffer.from(output, 'base64').toString() };
    },
    async plug({ id, serial, label }) {
      const image = join(folder, `${id}.img`);
      writeFileSync(image, '');
      truncateSync(image, 64 * 1_048_576);
      const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
      execFileSync('mkfs.vfat', ['-F', '32', '-n', label, image], { stdio: 'ignore', env: environment });
      await ask('blockdev-add', { driver: 'raw', 'node-name': `${id}n`, file: { driver: 'file', filename: image } });
      await ask('device_add', { driver: 'usb-storage', id, drive: `${id}n`, bus: 'xhci.0', removable: true, serial });
    },
    pull: (id) => ask('device_del', { id }),
    end,
  };
}
