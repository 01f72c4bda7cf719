/**
 * The privileged part of the capture, and all of it: started as root by pkexec, sudo or by hand, it reads the kernel's
 * file events of removable volumes and tells them as JSON lines on a socket that only the asking user can open. It takes
 * two commands (which volumes to watch, and to stop), changes nothing on the machine, and ends when its user leaves.
 * It depends on nothing but koffi.
 *
 * `fanotify-helper [--uid N] [--socket PATH] [--stay]`: the user is who ran pkexec or sudo where not given. With `--stay`
 * it waits for the next connection instead of ending.
 */
import { lchownSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../shared/base/failure.ts';
import { type FanotifyCapture, makeFanotifyCapture } from './fanotify-capture.ts';
import { helperArguments } from './helper-command.ts';
import { helperSocketPath, helperVersion } from './helper-socket.ts';
import { makeLineSplitter } from './line-splitter.ts';

/** A client that does not read any more gets this much kept for it; further files are counted instead. */
const maxBacklogBytes = 64_000_000;
const waitForClientMs = 60_000;
const maxCommandLength = 100_000;
const maxMountPoints = 64;

function say(text: string): void {
  process.stderr.write(`portside capture helper: ${text}\n`);
}

/** The mount points of a `watch` command; undefined for anything else. */
function toMountPoints(command: unknown): readonly string[] | undefined {
  if (typeof command !== 'object' || command === null || !('kind' in command) || command.kind !== 'watch')
    return undefined;
  const list = 'mountPoints' in command ? command.mountPoints : undefined;
  if (!Array.isArray(list) || list.length > maxMountPoints) return undefined;
  return list.every((entry) => typeof entry === 'string' && entry.startsWith('/') && entry.length < 4_096)
    ? list
    : undefined;
}

/** A folder where nobody but root (or this user, in tests) could put another socket in our place. */
function isSafeFolder(folder: string): boolean {
  const { uid, mode } = statSync(folder);
  return (uid === 0 || uid === process.getuid?.()) && (mode & 0o022) === 0;
}

function serveClient(socket: Socket, onEnd: () => void): void {
  let untold = 0;
  /** Lines of one turn leave as one. */
  let outbox = '';
  const post = (message: Record<string, unknown>) => {
    if (outbox === '') setImmediate(flush);
    outbox += `${JSON.stringify(message)}\n`;
  };
  const flush = () => {
    const lines = outbox;
    outbox = '';
    if (lines !== '' && socket.writable) socket.write(lines);
  };
  const tell = (message: Record<string, unknown>, isDroppable: boolean) => {
    if (isDroppable && socket.writableLength + outbox.length > maxBacklogBytes) {
      untold += 1;
      return;
    }
    if (untold > 0 && socket.writableLength < maxBacklogBytes / 2) {
      const lost = `${untold} files were not told, because they came faster than they were read.`;
      untold = 0;
      post({ kind: 'problem', problem: { atMs: Date.now(), kind: 'overflow', message: lost } });
    }
    post(message);
  };
  const capture: FanotifyCapture = makeFanotifyCapture({
    process: (found) => tell({ kind: 'process', process: found }, false),
    file: (file) => tell({ kind: 'file', file }, true),
    usage: (usage) => tell({ kind: 'usage', usage }, true),
    problem: (problem) => tell({ kind: 'problem', problem }, false),
  });
  let isEnded = false;
  const end = () => {
    if (isEnded) return;
    isEnded = true;
    capture.stop().then(
      () => {
        flush();
        socket.end(onEnd);
      },
      (error: unknown) => {
        say(messageOf(error));
        socket.destroy();
        onEnd();
      },
    );
  };
  const onLine = (line: string) => {
    let command: unknown;
    try {
      command = JSON.parse(line);
    } catch {
      return;
    }
    const mountPoints = toMountPoints(command);
    if (mountPoints) {
      capture.watch(mountPoints);
      tell({ kind: 'watched', mountPoints: capture.watched }, false);
    } else if (typeof command === 'object' && command !== null && 'kind' in command && command.kind === 'stop') end();
  };
  socket.setEncoding('utf8');
  socket.on('data', makeLineSplitter(onLine, maxCommandLength));
  socket.on('error', end);
  socket.on('close', end);
  socket.on('end', end);
  tell({ kind: 'hello', version: helperVersion, pid: process.pid }, false);
  capture.start();
}

function main(): void {
  const { values } = parseArgs({
    args: [...helperArguments(process.argv)],
    options: { uid: { type: 'string' }, socket: { type: 'string' }, stay: { type: 'boolean', default: false } },
  });
  const uid = Number(values.uid ?? process.env.PKEXEC_UID ?? process.env.SUDO_UID ?? process.getuid?.());
  if (!Number.isSafeInteger(uid) || uid < 0) throw new Error('--uid is not a user id.');
  if (process.getuid?.() !== 0) throw new Error('It must run as root: start it by pkexec or sudo.');
  const path = values.socket ?? helperSocketPath(uid);
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (!isSafeFolder(folder)) throw new Error(`${folder} can be written by others than root.`);
  rmSync(path, { force: true });

  let isServing = false;
  const server = createServer((socket) => {
    // One at a time: two listeners would each get half of nothing.
    if (isServing) {
      socket.destroy();
      return;
    }
    isServing = true;
    clearTimeout(impatience);
    serveClient(socket, () => {
      isServing = false;
      if (!values.stay) quit(0);
    });
  });
  const quit = (code: number) => {
    server.close();
    rmSync(path, { force: true });
    process.exit(code);
  };
  const impatience = setTimeout(() => {
    if (values.stay) return;
    say('nobody came; ending.');
    quit(1);
  }, waitForClientMs);
  server.on('error', (error) => {
    say(error.message);
    quit(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => quit(0));
  // The socket exists with these rights from its first moment on.
  process.umask(0o177);
  server.listen(path, () => {
    lchownSync(path, uid, statSync(folder).gid);
    process.umask(0o022);
    say(`ready for user ${uid}.`);
  });
}

try {
  main();
} catch (error) {
  say(messageOf(error));
  process.exit(1);
}
