import { fail } from '../../shared/base/failure.ts';
import { formatBytes, formatIso } from '../../shared/base/format.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { DeviceRow } from '../../shared/model/evidence-answer.ts';
import type { DeviceVerdict } from '../cases/decisions.ts';
import { type CliCommand, command } from './command.ts';

/** A device with what was decided about it, as the command line prints it. */
export interface DecidedDevice extends DeviceRow {
  readonly approved: boolean;
  readonly blocked: boolean;
  readonly reason?: string | undefined;
}

export function toDecidedDevice(device: DeviceRow, verdict: DeviceVerdict | undefined): DecidedDevice {
  return {
    ...device,
    approved: verdict?.decision === 'approved',
    blocked: verdict?.decision === 'blocked',
    reason: verdict?.reason || undefined,
  };
}

function decideCommand(name: string, decision: 'approved' | 'blocked', summary: string): CliCommand {
  return command({
    name,
    operands: 'ID',
    operandCount: [1, 1],
    summary,
    options: { reason: { type: 'string', default: '' } },
    async run({ values, operands, output, signal, openServices }) {
      const [id = ''] = operands;
      const { engine, decisions } = await openServices();
      const { rows } = await engine['devices.list']({ filter: {}, among: [id], limit: 1 }, ignoreItems(signal));
      const [known] = rows;
      if (!known) throw fail('not-found', `There is no device "${id}".`, '"portside devices" lists the ids.');
      const verdict = await decisions.decideDevice(id, decision, values.reason ?? '');
      const decided = toDecidedDevice(known, verdict);
      await output.document(decided, () => [
        `${decided.id}: ${decision}`,
        `  ${[decided.vendor, decided.product].filter(Boolean).join(' ') || 'vendor and product not known'}, ${decided.hostCount} hosts, ${formatBytes(decided.writtenBytes)} event sum, last seen ${formatIso(decided.lastSeenMs)}`,
      ]);
      return undefined;
    },
  });
}

export const approveDeviceCommand = decideCommand(
  'devices approve',
  'approved',
  'Approves a device for this workspace.',
);
export const blockDeviceCommand = decideCommand(
  'devices block',
  'blocked',
  'Marks a device as blocked in this workspace.',
);
