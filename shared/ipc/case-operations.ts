import { z } from 'zod';
import {
  type CaseEntry,
  type CaseFile,
  type CaseSummary,
  type Consultation,
  caseChangeSchema,
  caseChangeSchemas,
  caseOpeningSchema,
  type Verification,
} from '../model/case-file.ts';
import type { FalsePositiveTest } from '../model/false-positive.ts';
import { operation } from './operation.ts';

const caseId = z.string().max(32);
const findingId = z.string().max(128);

/** What a case says while it is opened, added to or exported. */
export interface CaseProgress {
  readonly text: string;
}

/** A device that somebody approved or blocked. */
export interface DecidedDevice {
  readonly device: string;
  readonly decision: 'approved' | 'blocked';
  readonly reason: string;
  readonly actor: string;
  readonly atMs: number;
}

/** Cases and decisions: what the window asks of them. Ids of cases look like `C-2026-0001`. */
export const caseOperations = {
  /** All cases, newest first. A damaged one is listed with what is wrong. */
  'cases.list': operation(z.strictObject({})).returns<readonly CaseSummary[]>(),

  /** A case as its journal tells it. Ends with `not-found`, `case-too-new` or `case-damaged` (nothing readable). */
  'case.read': operation(z.strictObject({ id: caseId })).returns<CaseFile>(),

  /** Opens a case from findings and freezes their evidence. Aborted, it leaves nothing. */
  'case.open': operation(caseOpeningSchema).emits<CaseProgress>().returns<CaseFile>(),

  /** The newest case that holds a finding, and the ids of all of them, newest first. */
  'case.of-finding': operation(z.strictObject({ findingId })).returns<{
    readonly newest?: CaseFile | undefined;
    readonly ids: readonly string[];
  }>(),

  'case.add-finding': operation(z.strictObject({ id: caseId, findingId }))
    .emits<CaseProgress>()
    .returns<CaseFile>(),

  /** Records a note, mark, verdict, task, consultation, judgement or action; on the disk when it returns. */
  'case.record': operation(
    z.strictObject({
      id: caseId,
      change: caseChangeSchema,
      /** Number of the entry that must be the newest one about the case's status; else it ends with `changed-since`. */
      expectedStatusSeq: z.number().int().optional(),
    }),
  ).returns<CaseEntry>(),

  /** Answers that people gave about a finding, oldest first. */
  'consultation.list': operation(z.strictObject({ findingId })).returns<readonly Consultation[]>(),

  /** Records an answer, in the workspace's journal and in every open case that holds the finding. */
  'consultation.record': operation(caseChangeSchemas['consultation.recorded']).returns<Consultation>(),

  /** Copies files the person chose or dropped into the case. */
  'case.attach': operation(
    z.strictObject({ id: caseId, tokens: z.array(z.string().max(64)).min(1).max(1_000), note: z.string().max(20_000) }),
  ).returns<readonly CaseEntry[]>(),

  /** Checks the chain, the noted heads and every file of the case. */
  'case.verify': operation(z.strictObject({ id: caseId })).returns<Verification>(),

  /** The report as one self-contained HTML page, for a preview and for printing. */
  'case.report': operation(z.strictObject({ id: caseId })).returns<{ readonly html: string }>(),

  /** Shows the report in a window of its own, without scripts, from where it can be printed. */
  'case.preview': operation(z.strictObject({ id: caseId })).returns<Record<string, never>>(),

  /** Asks where, and writes the package there. Without `path` in the answer the dialog was left. */
  'case.export': operation(z.strictObject({ id: caseId, isRedacted: z.boolean().default(false) }))
    .emits<CaseProgress>()
    .returns<{
      readonly path?: string | undefined;
      readonly sha256?: string | undefined;
      readonly files: number;
      /** Stands for the written file in `file.drag`; absent where nothing can be dragged. */
      readonly dragToken?: string | undefined;
      /** What was taken out, as sentences; empty for a whole package. */
      readonly redactions?: readonly string[] | undefined;
    }>(),

  /** Verifies a package by itself: nothing of this workspace is needed. */
  'package.verify': operation(z.strictObject({ token: z.string().max(64) })).returns<Verification>(),

  /** The five innocent explanations of a finding, each with its test. */
  'false-positives.test': operation(z.strictObject({ findingId })).returns<readonly FalsePositiveTest[]>(),

  'devices.decisions': operation(z.strictObject({})).returns<readonly DecidedDevice[]>(),

  /**
   * Approves or blocks a device; without a decision, takes it back. Where `expected` is given and something else was decided
   * by now, it ends with `changed-since`.
   */
  'devices.decide': operation(
    z.strictObject({
      device: z.string().max(4096),
      decision: z.enum(['approved', 'blocked']).optional(),
      reason: z.string().max(4096),
      expected: z.enum(['approved', 'blocked', 'none']).optional(),
    }),
  ).returns<readonly DecidedDevice[]>(),
} as const;

export type CaseOperations = typeof caseOperations;
