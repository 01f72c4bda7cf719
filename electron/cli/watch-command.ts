import { formatBytes, formatIso } from '../../shared/base/format.ts';
import { parseDuration } from '../../shared/base/time.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { LiveDevice, LiveItem } from '../../shared/model/live.ts';
import { toWatchLine, watchMachine } from '../capture/watch-command.ts';
import { readOption } from './arguments.ts';
import { command } from './command.ts';

function deviceName({ vendor, product, vendorId, productId, serial }: LiveDevice): string {
  const name = [vendor, product].filter(Boolean).join(' ') || 'unnamed device';
  return `${name} (${vendorId ?? '????'}:${productId ?? '????'}${serial ? `, serial ${serial}` : ''})`;
}

/** An item as a line for people; undefined for those that only programs need. */
function toText(item: LiveItem): string | undefined {
  switch (item.kind) {
    case 'started':
      return `Watching ${item.host}. ${item.method.sentence}${item.method.wouldAdd ? ` ${item.method.wouldAdd}` : ''}`;
    case 'device': {
      const where =
        'volume' in item ? ` ${item.volume.mountPoint ?? ''}${item.isPulled ? ', pulled while mounted' : ''}` : '';
      return `${item.change}: ${deviceName(item.device)}${where}`;
    }
    case 'write': {
      const { event } = item;
      return `${event.action}: ${event.path}, ${formatBytes(event.sizeBytes)}, by ${event.process} (${event.pid ?? '?'}, ${event.user})`;
    }
    case 'usage': {
      const most =
        item.maxBytes !== undefined && item.maxBytes !== item.minBytes ? `–${formatBytes(item.maxBytes)}` : '';
      return `total: ${item.name} ${formatBytes(item.minBytes)}${most} in ${item.files} files on ${item.mountPoint} (${item.quality})`;
    }
    case 'problem':
      return `${item.problem}: ${item.message}${item.hint ? ` ${item.hint}` : ''}`;
    case 'stopped':
      return `Stopped. ${item.totals.files} file events; disks ${formatBytes(item.totals.diskBytes)}, exact ${formatBytes(item.totals.exactBytes)}, range ${formatBytes(item.totals.rangeBytes)}, sampled ${formatBytes(item.totals.sampledBytes)}, not attributed ${formatBytes(item.totals.unattributedBytes)}.`;
    default:
      return undefined;
  }
}

export const watchCommand = command({
  name: 'watch',
  operands: '',
  operandCount: [0, 0],
  summary: 'Watches the USB devices of this machine and who writes to them, until Ctrl+C or --for is over.',
  options: {
    for: { type: 'string' },
    path: { type: 'string', multiple: true },
    administrator: { type: 'boolean' },
    store: { type: 'boolean' },
  },
  async run({ values, output, signal, openServices }) {
    const forMs = readOption(values.for, (text) => parseDuration(text, '--for'));
    const engine = values.store ? (await openServices({ mayMake: true })).engine : undefined;
    let printed: Promise<unknown> = Promise.resolve();
    const print = (item: LiveItem) => {
      const text = output.isJson ? undefined : toText(item);
      printed = printed.then(async () => {
        if (output.isJson) await output.raw(`${toWatchLine(item)}\n`);
        else if (text !== undefined)
          await output.note(
            `${formatIso(item.kind === 'write' ? item.event.atMs : 'atMs' in item ? item.atMs : Date.now())} ${text}`,
          );
        // Live: each line leaves at once.
        await output.flush();
      });
      // The failure of a stream whose reader left is met where it is waited for.
      printed.catch(() => undefined);
    };
    await watchMachine(
      {
        forMs,
        asAdministrator: values.administrator,
        paths: values.path,
        append:
          engine &&
          ((events) =>
            engine['evidence.append'](
              { writes: [...events.writes], deviceEvents: [...events.deviceEvents] },
              ignoreItems(new AbortController().signal),
            )),
      },
      print,
      signal,
    );
    await printed;
    return undefined;
  },
});
