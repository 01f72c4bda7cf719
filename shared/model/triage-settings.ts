import { z } from 'zod';
import { hourMs, minuteMs } from '../base/time.ts';

/** Thresholds and lists of the triage checks. All have defaults; a workspace may change each of them. */
export const triageSettingsSchema = z.strictObject({
  /** How far back history reaches before a finding, in days. Never after it. */
  historyDays: z.number().int().min(1).max(365).default(30),
  /** A process on at most this many hosts is rare. */
  rareHosts: z.number().int().min(0).default(2),
  /** A process on at least this share of hosts is common. */
  commonHostShare: z.number().min(0).max(1).default(0.2),
  /** An hour with less than this share of the user's writes (± 2 h) is unusual, once there are `minWritesForHours`. */
  unusualHourShare: z.number().min(0).max(1).default(0.02),
  minWritesForHours: z.number().int().min(1).default(50),
  /** A device connected this shortly before the first write stands out. */
  justConnectedMs: z
    .number()
    .min(0)
    .default(10 * minuteMs),
  /** A device removed this shortly after the last write stands out. */
  removedAfterMs: z
    .number()
    .min(0)
    .default(5 * minuteMs),
  /** Robust z of the log from which a volume or count is unusual. */
  unusualRobustZ: z.number().min(0).default(3),
  /** Entropy in bits per byte from which a file that should not be dense is. */
  denseEntropy: z.number().min(0).max(8).default(7.5),
  /** How far around a finding alerts and anomalies, and device events and other writes, are looked for. */
  alertsAroundMs: z
    .number()
    .min(0)
    .default(24 * hourMs),
  eventsAroundMs: z
    .number()
    .min(0)
    .default(2 * hourMs),
  /** Words in file names and paths that speak of sensitive content, without case. */
  sensitiveWords: z
    .array(z.string().min(2).max(128))
    .max(1000)
    .default([
      'confidential',
      'secret',
      'restricted',
      'internal only',
      'payroll',
      'salary',
      'contract',
      'customer',
      'client list',
      'invoice',
      'tax',
      'passport',
      'password',
      'credential',
      'private key',
      'id_rsa',
      'keepass',
      'source code',
      'roadmap',
      'strategy',
      'merger',
      'acquisition',
      'board',
      'patient',
      'medical',
      'personnel',
      'vertraulich',
      'geheim',
      'gehalt',
      'personal',
      'confidentiel',
    ]),
  /** Accounts and hosts of the IT department, exact names without case. */
  itAccounts: z.array(z.string().max(256)).max(1000).default([]),
  /** Accounts flagged by hand, and why: leaver, on notice, contractor, privileged. */
  flaggedAccounts: z
    .array(
      z.strictObject({ user: z.string().max(256), flag: z.enum(['leaver', 'on-notice', 'contractor', 'privileged']) }),
    )
    .max(10_000)
    .default([]),
});

export type TriageSettings = z.infer<typeof triageSettingsSchema>;

export const defaultTriageSettings: TriageSettings = triageSettingsSchema.parse({});
