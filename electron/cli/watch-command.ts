import { join } from 'node:path';
import { formatBytes, formatIso } from '../../shared/base/format.ts';
import { parseDuration } from '../../shared/base/time.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { LiveDevice, LiveItem } from '../../shared/model/live.ts';
import type { LiveShipping } from '../../shared/model/live-shipping.ts';
import { checkTarget, shipFolder } from '../capture/live-shipping.ts';
import { openShipBuffer } from '../capture/ship-buffer.ts';
import { type Shipper, startShipper } from '../capture/shipper.ts';
import { toWatchLine, watchMachine } from '../capture/watch-command.ts';
import { readOption } from './arguments.ts';
import { command, UsageError } from './command.ts';

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
    case 'shipping':
      return `to ${item.dataStream} at ${item.place}: ${item.sent} sent, ${item.waiting} waiting${item.refused > 0 ? `, ${item.refused} refused (${item.lastRefusal ?? 'no reason given'})` : ''}${item.leftOut > 0 ? `, ${item.leftOut} left out: the place for waiting ones is full` : ''}${item.trouble ? `. ${item.trouble} ${item.hint ?? ''}` : ''}`;
    case 'problem':
      return `${item.problem}: ${item.message}${item.hint ? ` ${item.hint}` : ''}`;
    case 'stopped':
      return `Stopped. ${item.totals.files} file events; disks ${formatBytes(item.totals.diskBytes)}, exact ${formatBytes(item.totals.exactBytes)}, range ${formatBytes(item.totals.rangeBytes)}, sampled ${formatBytes(item.totals.sampledBytes)}, not attributed ${formatBytes(item.totals.unattributedBytes)}.`;
    default:
      return undefined;
  }
}

const tellShippingEveryMs = 1_000;
const drainMs = 10_000;
const maxWaitingBytes = 1_000_000_000;

/** Looks whether the cluster takes events, and starts to send. The folder of the workspace keeps what waits. */
async function openShipping(
  url: string,
  options: {
    readonly ca?: string | undefined;
    readonly 'data-stream'?: string | undefined;
    readonly 'make-template'?: boolean | undefined;
    readonly workspacePath: string;
    readonly signal: AbortSignal;
    readonly onState: (state: LiveShipping) => void;
  },
): Promise<Shipper> {
  const dataStream = options['data-stream'];
  if (dataStream === undefined)
    throw new UsageError('--ship needs --data-stream NAME, such as logs-portside.usb-default.');
  const { readElasticSource } = await import('../evidence/elastic-source.ts');
  const { openElasticShipping } = await import('../evidence/elastic-shipping.ts');
  const source = await readElasticSource({ source: url, caFile: options.ca }, process.env);
  const target = await openElasticShipping(source, dataStream, { mayMakeTemplate: options['make-template'] });
  try {
    await checkTarget(target, options.signal);
    const buffer = await openShipBuffer({
      folder: shipFolder(join(options.workspacePath, 'shipping'), url, dataStream),
      maxBytes: maxWaitingBytes,
    });
    return startShipper({ buffer, target, dataStream, onChange: options.onState });
  } catch (error) {
    await target.close();
    throw error;
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
    ship: { type: 'string' },
    ca: { type: 'string' },
    'data-stream': { type: 'string' },
    'make-template': { type: 'boolean' },
  },
  async run({ values, output, signal, openServices, workspacePath }) {
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
    let toldMs = 0;
    const shipping =
      values.ship === undefined
        ? undefined
        : await openShipping(values.ship, { ...values, workspacePath, signal, onState: tellShipping });
    function tellShipping(state: LiveShipping): void {
      if (Date.now() - toldMs < tellShippingEveryMs) return;
      toldMs = Date.now();
      print({ kind: 'shipping', atMs: toldMs, ...state });
    }
    await watchMachine(
      {
        forMs,
        asAdministrator: values.administrator,
        paths: values.path,
        append:
          engine || shipping
            ? async (events) => {
                await shipping?.add(events);
                await engine?.['evidence.append'](
                  { writes: [...events.writes], deviceEvents: [...events.deviceEvents] },
                  ignoreItems(new AbortController().signal),
                );
              }
            : undefined,
      },
      print,
      signal,
    );
    if (shipping) {
      // What does not leave in time stays on the disk for the next watching.
      await shipping.drain(drainMs);
      print({ kind: 'shipping', atMs: Date.now(), ...shipping.state });
      await shipping.close();
    }
    await printed;
    return undefined;
  },
});
