import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Failure, fail, messageOf } from '../../shared/base/failure.ts';
import type { LiveAction, LiveActionOutcome, LiveActionPlan, ProcessEvidence } from '../../shared/model/live-action.ts';
import { mountOf, parseMountinfo } from './mountinfo.ts';
import { makeProcessReader } from './process-facts.ts';
import type { SessionLog } from './session-log.ts';

export interface LiveActionsOptions {
  readonly log: SessionLog;
  /** Where `sys` and `proc` are; another tree in tests. Signals always go to this machine. */
  readonly root?: string | undefined;
  readonly now?: (() => number) | undefined;
}

/** Plans and carries out actions on this machine. */
export interface LiveActions {
  /** Reads the evidence and says what would happen; does nothing yet. Ends with `action-refused` where it cannot be done. */
  plan(action: LiveAction): Promise<LiveActionPlan>;
  /**
   * Carries out what was planned, once, within ten minutes. The evidence is on disk before anything happens, the outcome
   * after. Ends with `action-refused` and the reason; that is recorded too.
   */
  act(planId: string): Promise<LiveActionOutcome>;
}

const maxOpenFiles = 1_000;
const planLifeMs = 600_000;
const maxPlans = 100;
const busPathForm = /^\d{1,4}-\d{1,3}(?:\.\d{1,3})*$/;

const refused = (message: string, hint?: string, cause?: unknown) => fail('action-refused', message, hint, cause);

/** The reason of the system in words, with what helps. */
function toRefusal(what: string, error: unknown) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return refused(
    `${what} was refused: ${messageOf(error)}`,
    code === 'EPERM' || code === 'EACCES' ? 'It needs the rights of an administrator: do it as root.' : undefined,
    error,
  );
}

/** Makes the actions of Linux; on other systems every plan ends with `action-refused`. */
export function makeLiveActions(options: LiveActionsOptions): LiveActions {
  const root = options.root ?? '/';
  const now = options.now ?? Date.now;
  const reader = makeProcessReader(root);
  const usb = join(root, 'sys/bus/usb/devices');
  const plans = new Map<string, LiveActionPlan & { readonly atMs: number }>();

  /** The process of a key, only while it is still that one: an id that is used again is another process. */
  function runningProcess(processKey: string) {
    const pid = Number(processKey.split(':')[0]);
    const key = processKey.split('+')[0];
    const found = Number.isSafeInteger(pid) && pid > 1 ? reader.read(pid) : undefined;
    if (!found || found.key !== key) throw refused('The process has ended.');
    if (pid === process.pid) throw refused('That is Portside itself.');
    return found;
  }

  async function processEvidence(processKey: string): Promise<ProcessEvidence> {
    const found = runningProcess(processKey);
    const folder = join(root, 'proc', String(found.pid), 'fd');
    const openFiles: string[] = [];
    let isOpenFilesCut = false;
    try {
      for (const descriptor of readdirSync(folder)) {
        if (openFiles.length >= maxOpenFiles) {
          isOpenFilesCut = true;
          break;
        }
        try {
          openFiles.push(readlinkSync(join(folder, descriptor)));
        } catch {
          // Closed between two readings.
        }
      }
    } catch {
      // Another user's process: its files cannot be listed, and that is what the empty list with the cut mark says.
      isOpenFilesCut = true;
    }
    const executableSha256 = await reader.hashExecutable(found.pid);
    return { process: { ...found, executableSha256 }, openFiles, isOpenFilesCut };
  }

  function isMounted(mountPoint: string): boolean {
    const mounts = parseMountinfo(readFileSync(join(root, 'proc/self/mountinfo'), 'utf8'));
    return mountOf(mounts, mountPoint)?.mountPoint === mountPoint;
  }

  const controllers = () => readdirSync(usb).filter((name) => /^usb\d+$/.test(name));

  function effectOf(action: LiveAction, evidence: ProcessEvidence | undefined): string {
    const who = evidence
      ? `${evidence.process.name} (process ${evidence.process.pid}, user ${evidence.process.user ?? 'unknown'})`
      : '';
    switch (action.kind) {
      case 'halt-process':
        return `${who} stops where it is, with its files open, until it is let go on. Programs that wait for it may hang.`;
      case 'continue-process':
        return `${who} goes on from where it was halted.`;
      case 'end-process':
        return `${who} ends at once and cannot save anything. A file that it is writing stays incomplete.`;
      case 'unmount':
        if (action.mountPoint === '/' || !isMounted(action.mountPoint))
          throw refused(`No volume is mounted at ${action.mountPoint}.`);
        return `What waits to be written to the volume at ${action.mountPoint} is written, then it is unmounted. It is refused while a program uses it.`;
      case 'power-off':
        if (!busPathForm.test(action.busPath) || !existsSync(join(usb, action.busPath)))
          throw refused(`No device is plugged in at ${action.busPath}.`);
        return `The device at port ${action.busPath} leaves the bus as if it were pulled: unmount its volumes first, or writes that wait are lost. It comes back when it is plugged in again.`;
      case 'deny-new-devices':
        if (!existsSync(usb)) throw refused('There is no USB bus on this machine.');
        return 'Every USB device that is plugged in from now on gets power but no driver: sticks, and keyboards and mice too. What is plugged in already stays. It holds until it is allowed again or the machine starts anew.';
      case 'allow-new-devices':
        if (!existsSync(usb)) throw refused('There is no USB bus on this machine.');
        return 'USB devices that are plugged in from now on work again. Those that were refused must be plugged in once more.';
    }
  }

  async function carryOut(action: LiveAction): Promise<string> {
    switch (action.kind) {
      case 'halt-process':
      case 'continue-process':
      case 'end-process': {
        const { pid, name } = runningProcess(action.processKey);
        const signal = { 'halt-process': 'SIGSTOP', 'continue-process': 'SIGCONT', 'end-process': 'SIGKILL' } as const;
        process.kill(pid, signal[action.kind]);
        return `${signal[action.kind]} was sent to ${name} (process ${pid}).`;
      }
      case 'unmount':
        await promisify(execFile)('umount', ['--', action.mountPoint], { timeout: 60_000 });
        return `The volume at ${action.mountPoint} is unmounted.`;
      case 'power-off':
        writeFileSync(join(usb, action.busPath, 'remove'), '1');
        return `The device at port ${action.busPath} was taken off the bus.`;
      case 'deny-new-devices':
      case 'allow-new-devices': {
        const value = action.kind === 'deny-new-devices' ? '0' : '1';
        const names = controllers();
        for (const name of names) writeFileSync(join(usb, name, 'authorized_default'), value);
        return `New devices are ${value === '0' ? 'refused' : 'allowed'} on ${names.length} controllers (${names.join(', ')}).`;
      }
    }
  }

  return {
    async plan(action) {
      if (process.platform !== 'linux') throw refused('Actions on this machine are made for Linux only.');
      const evidence = 'processKey' in action ? await processEvidence(action.processKey) : undefined;
      const plan: LiveActionPlan = {
        planId: randomBytes(12).toString('hex'),
        action,
        effect: effectOf(action, evidence),
        evidence,
      };
      if (plans.size >= maxPlans) plans.delete(plans.keys().next().value ?? '');
      plans.set(plan.planId, { ...plan, atMs: now() });
      return plan;
    },
    async act(planId) {
      const plan = plans.get(planId);
      plans.delete(planId);
      if (!plan || now() - plan.atMs > planLifeMs)
        throw refused('This was not planned, or too long ago.', 'Ask for it again.');
      const { action, effect } = plan;
      // What is known is read anew and kept before anything happens: after it, there may be nothing left to read.
      const evidence = 'processKey' in action ? await processEvidence(action.processKey) : undefined;
      await options.log.add({
        kind: 'action',
        atMs: now(),
        action: action.kind,
        evidence: { action, effect, ...evidence },
        outcome: 'confirmed',
      });
      try {
        const outcome = await carryOut(action);
        const atMs = now();
        await options.log.add({ kind: 'action', atMs, action: action.kind, evidence: { action }, outcome });
        return { atMs, action, outcome };
      } catch (error) {
        const failure = error instanceof Failure ? error : toRefusal('The action', error);
        await options.log.add({
          kind: 'action',
          atMs: now(),
          action: action.kind,
          evidence: { action },
          outcome: failure.message,
        });
        throw failure;
      }
    },
  };
}
