import { type FSWatcher, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../shared/base/failure.ts';
import type { WriteListener, WriteMonitor } from './write-monitor.ts';

interface ChangedFile {
  readonly isNew: boolean;
  readonly baseBytes: number;
  sizeBytes: number;
  lastMs: number;
  toldBytes: number;
}

/** Stands for whoever wrote, where the system tells names of files but not of processes. */
const unknownWriter = { key: '0:unknown', pid: 0, name: '' };
const quietMs = 1_000;
const tellEveryMs = 500;
const maxFiles = 50_000;

/**
 * Sees which files change on a volume by the system's own notification of folders, and how large they are then. It does
 * not say who wrote them: what Windows and macOS give without privilege. A file is told when it has been quiet for a
 * second.
 */
export function makeWatchedFilesMonitor(now: () => number = Date.now): WriteMonitor {
  const watchers = new Map<string, FSWatcher>();
  const files = new Map<string, ChangedFile>();
  const totals = new Map<string, { bytes: number; files: number; isChanged: boolean }>();
  let listener: WriteListener | undefined;
  let timer: NodeJS.Timeout | undefined;

  function onFile(mountPoint: string, name: string): void {
    const path = join(mountPoint, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat?.isFile()) return;
    let file = files.get(path);
    if (!file) {
      // Its size before the first notification is not known: only what is born just now has grown from nothing.
      const isNew = now() - stat.birthtimeMs < 2_000;
      file = { isNew, baseBytes: isNew ? 0 : stat.size, sizeBytes: 0, lastMs: 0, toldBytes: -1 };
      if (files.size >= maxFiles) files.delete(files.keys().next().value ?? '');
      files.set(path, file);
      const total = totals.get(mountPoint);
      if (total) total.files += 1;
    }
    const before = Math.max(file.sizeBytes, file.baseBytes);
    if (stat.size > before) {
      const total = totals.get(mountPoint);
      if (total) {
        total.bytes += stat.size - before;
        total.isChanged = true;
      }
    }
    file.sizeBytes = stat.size;
    file.lastMs = now();
  }

  function tell(isLast: boolean): void {
    for (const [path, file] of files) {
      if ((!isLast && now() - file.lastMs < quietMs) || file.toldBytes === file.sizeBytes) continue;
      file.toldBytes = file.sizeBytes;
      const mountPoint = [...totals.keys()].find((place) => path.startsWith(place)) ?? '';
      listener?.onFile({
        atMs: file.lastMs,
        processKey: unknownWriter.key,
        mountPoint,
        path,
        state: file.isNew ? 'new' : file.sizeBytes > file.baseBytes ? 'modified' : 'overwritten',
        sizeBytes: file.sizeBytes,
        grownBytes: Math.max(0, file.sizeBytes - file.baseBytes),
        quality: 'sampled',
        isOpen: false,
      });
    }
    for (const [mountPoint, total] of totals) {
      if (!total.isChanged) continue;
      total.isChanged = false;
      listener?.onUsage({
        atMs: now(),
        processKey: unknownWriter.key,
        mountPoint,
        minBytes: total.bytes,
        files: total.files,
        quality: 'sampled',
      });
    }
  }

  function stopWatching(mountPoint: string): void {
    watchers.get(mountPoint)?.close();
    watchers.delete(mountPoint);
  }

  return {
    method: {
      kind: 'sampler',
      sentence:
        'Notifications of changed files, with their sizes. This system does not say without privilege which process wrote them.',
    },
    async start(to) {
      listener = to;
      listener.onProcess(unknownWriter);
      timer = setInterval(() => tell(false), tellEveryMs);
    },
    async watch(volumes) {
      const wanted = new Set(volumes.map(({ mountPoint }) => mountPoint));
      for (const mountPoint of watchers.keys()) if (!wanted.has(mountPoint)) stopWatching(mountPoint);
      for (const mountPoint of wanted) {
        if (watchers.has(mountPoint)) continue;
        try {
          totals.set(mountPoint, { bytes: 0, files: 0, isChanged: false });
          const watcher = watch(mountPoint, { recursive: true }, (_event, name) => {
            if (name === null) return;
            try {
              onFile(mountPoint, name);
            } catch {
              // Gone, or not ours to ask about.
            }
          });
          watcher.on('error', () => stopWatching(mountPoint));
          watchers.set(mountPoint, watcher);
        } catch (error) {
          listener?.onProblem({
            atMs: now(),
            kind: 'problem',
            message: `Files of ${mountPoint} are not watched: ${messageOf(error)}`,
          });
        }
      }
    },
    async stop() {
      clearInterval(timer);
      for (const mountPoint of [...watchers.keys()]) stopWatching(mountPoint);
      tell(true);
      listener = undefined;
    },
  };
}
