import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeLiveActions } from './live-actions.ts';
import { makeProcessReader } from './process-facts.ts';
import { openSessionLog } from './session-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portside-act-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.runIf(process.platform === 'linux')('actions on this machine', () => {
  it('halt, continue and end a process; what it was is on disk first', async () => {
    const log = openSessionLog(join(folder, 'log.ndjson'));
    const actions = makeLiveActions({ log });
    const sleeper = spawn('sleep', ['600']);
    const exited = new Promise((resolve) => sleeper.once('exit', (_code, signal) => resolve(signal)));
    const state = () => readFileSync(`/proc/${sleeper.pid}/stat`, 'utf8').split(') ')[1]?.[0];
    await vi.waitFor(() => expect(readFileSync(`/proc/${sleeper.pid}/cmdline`, 'utf8')).toContain('sleep'));
    const processKey = makeProcessReader().read(sleeper.pid ?? 0)?.key ?? '';

    const plan = await actions.plan({ kind: 'halt-process', processKey });
    expect(plan.effect).toMatch(/^sleep \(process \d+, user .+\) stops where it is/);
    expect(plan.evidence?.process).toMatchObject({ name: 'sleep', commandLine: 'sleep 600', parentPid: process.pid });
    expect(plan.evidence?.process.executableSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(state()).toBe('S');
    await actions.act(plan.planId);
    await vi.waitFor(() => expect(state()).toBe('T'));
    await expect(actions.act(plan.planId)).rejects.toMatchObject({ code: 'action-refused' });

    await actions.act((await actions.plan({ kind: 'continue-process', processKey })).planId);
    await vi.waitFor(() => expect(state()).toBe('S'));
    await actions.act((await actions.plan({ kind: 'end-process', processKey })).planId);
    expect(await exited).toBe('SIGKILL');

    const entries = (await log.read()).filter((entry) => entry.kind === 'action');
    expect(entries.map(({ action, outcome }) => [action, outcome.split(' ')[0]])).toEqual([
      ['halt-process', 'confirmed'],
      ['halt-process', 'SIGSTOP'],
      ['continue-process', 'confirmed'],
      ['continue-process', 'SIGCONT'],
      ['end-process', 'confirmed'],
      ['end-process', 'SIGKILL'],
    ]);
    expect(entries[0]).toMatchObject({
      evidence: { process: { commandLine: 'sleep 600' }, openFiles: expect.any(Array) },
    });
    await expect(actions.plan({ kind: 'end-process', processKey })).rejects.toThrow('has ended');
  });

  it('refuse a process id that is another process by now, Portside itself and the first process', async () => {
    const actions = makeLiveActions({ log: openSessionLog(join(folder, 'log.ndjson')) });
    const own = makeProcessReader().read(process.pid)?.key ?? '';
    for (const processKey of [`${process.pid}:1`, own, '1:0', 'x', '-1:0'])
      await expect(actions.plan({ kind: 'end-process', processKey })).rejects.toMatchObject({ code: 'action-refused' });
  });

  it('deny and allow new devices on every controller, and take a device off its port', async () => {
    const bus = join(folder, 'sys/bus/usb/devices');
    for (const name of ['usb1', 'usb2', '2-1']) mkdirSync(join(bus, name), { recursive: true });
    mkdirSync(join(folder, 'proc/self'), { recursive: true });
    writeFileSync(join(folder, 'proc/self/mountinfo'), '');
    const read = (name: string) => readFileSync(join(bus, name), 'utf8');
    const actions = makeLiveActions({ log: openSessionLog(join(folder, 'log.ndjson')), root: folder });
    const deny = await actions.plan({ kind: 'deny-new-devices' });
    expect(deny.effect).toContain('keyboards and mice too');
    await actions.act(deny.planId);
    expect([read('usb1/authorized_default'), read('usb2/authorized_default')]).toEqual(['0', '0']);
    await actions.act((await actions.plan({ kind: 'allow-new-devices' })).planId);
    expect(read('usb1/authorized_default')).toBe('1');
    await actions.act((await actions.plan({ kind: 'power-off', busPath: '2-1' })).planId);
    expect(read('2-1/remove')).toBe('1');
    for (const busPath of ['../../2-1', '9-9', 'usb1'])
      await expect(actions.plan({ kind: 'power-off', busPath })).rejects.toMatchObject({ code: 'action-refused' });
    await expect(actions.plan({ kind: 'unmount', mountPoint: '/media/none' })).rejects.toMatchObject({
      code: 'action-refused',
    });
  });

  it.runIf(process.getuid?.() === 0)(
    'unmount a volume; one in use is refused with the reason, and that is recorded',
    async () => {
      const volume = join(folder, 'volume');
      mkdirSync(volume);
      execFileSync('mount', ['-t', 'tmpfs', 'none', volume]);
      const log = openSessionLog(join(folder, 'log.ndjson'));
      const actions = makeLiveActions({ log });
      const user = spawn('sleep', ['600'], { cwd: volume });
      await new Promise((resolve) => user.once('spawn', resolve));
      const plan = await actions.plan({ kind: 'unmount', mountPoint: volume });
      await expect(actions.act(plan.planId)).rejects.toMatchObject({ code: 'action-refused' });
      expect((await log.read()).at(-1)).toMatchObject({ kind: 'action', outcome: expect.stringContaining('refused') });
      user.kill('SIGKILL');
      await new Promise((resolve) => user.once('exit', resolve));
      await actions.act((await actions.plan({ kind: 'unmount', mountPoint: volume })).planId);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(volume);
    },
  );
});
