import { hostname } from 'node:os';
import { join } from 'node:path';
import type { LiveFinding } from '../../shared/model/live.ts';
import type { LiveEvents } from './live-capture.ts';
import { type LiveService, makeLiveService } from './live-service.ts';
import type { OpenShipTarget } from './live-shipping.ts';
import { makeLocalDeviceMonitor, makeLocalWriteMonitors } from './local-monitors.ts';
import { makePackageOwner } from './package-owner.ts';
import { openSessionLog } from './session-log.ts';

/** The capture of this machine into a workspace: what services make, once per open workspace. */
export function makeLocalLive(options: {
  readonly workspacePath: string;
  readonly append: (events: LiveEvents) => Promise<unknown>;
  /** Opens a data stream of a saved source to send to; without it events stay here. */
  readonly openTarget?: OpenShipTarget | undefined;
  /** Findings of this host with a write since `sinceMs`, best first. */
  readonly findings: (host: string, sinceMs: number) => Promise<readonly LiveFinding[]>;
  /** Mount points that are watched beside those of removable devices. */
  readonly watchFolders?: readonly string[] | undefined;
}): LiveService {
  const host = hostname();
  return makeLiveService({
    host,
    makeDevices: makeLocalDeviceMonitor,
    makeWrites: (asAdministrator) => makeLocalWriteMonitors({ asAdministrator }),
    watchFolders: options.watchFolders,
    log: openSessionLog(join(options.workspacePath, 'live-sessions.ndjson')),
    append: options.append,
    shipping: options.openTarget && { workspacePath: options.workspacePath, openTarget: options.openTarget },
    findings: (sinceMs) => options.findings(host, sinceMs),
    packages: makePackageOwner(),
  });
}
