import { existsSync } from 'node:fs';

/**
 * Calls `look` whenever a USB device came or left, by the system's own notification. Returns how to end it. Where the
 * `usb` package cannot work (no bus, no prebuilt binary, no netlink) it listens to nothing: the monitor's timer remains.
 * On Linux the package ends the process with an unhandled rejection where there is no bus, so that is tested first, and
 * its native part is used directly, whose promises can be waited for.
 */
export async function listenForUsbEvents(look: () => void): Promise<() => Promise<void>> {
  const nothing = async () => undefined;
  if (process.platform === 'linux' && !existsSync('/sys/bus/usb/devices')) return nothing;
  try {
    const { Emitter } = await import('usb/index.js');
    const emitter = new Emitter();
    await emitter.addAttach(() => look());
    await emitter.addDetach(() => look());
    return async () => {
      await emitter.removeAttach();
      await emitter.removeDetach();
    };
  } catch {
    return nothing;
  }
}
