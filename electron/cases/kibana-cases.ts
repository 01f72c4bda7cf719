import { z } from 'zod';
import { fail } from '../../shared/base/failure.ts';
import type { CaseFile } from '../../shared/model/case-file.ts';
import type { KibanaConnection } from './kibana-connection.ts';

const createdCaseSchema = z.object({ id: z.string(), version: z.string().optional() });

/** Makes a case in Kibana with what this one says: title, verdict, findings, notes and the head of the journal. */
export async function pushToKibana(
  kibana: KibanaConnection,
  state: CaseFile,
  signal: AbortSignal,
): Promise<{ readonly kibanaCaseId: string }> {
  const lines = [
    `Portside case ${state.id}, journal head ${state.head} (${state.entries.length} entries).`,
    state.verdict
      ? `Verdict: ${state.verdict.verdict}, confidence ${state.verdict.confidence}. ${state.verdict.text}`
      : 'No verdict yet.',
    ...state.findings.map(
      ({ finding }) =>
        `Finding ${finding.id}: ${finding.process} on ${finding.host}, ${finding.user}, device ${finding.device}, score ${Math.round(finding.score)}.`,
    ),
    ...state.sessions.map(
      (session) => `Live session on ${session.host}, ${new Date(session.fromMs).toISOString()} and after.`,
    ),
  ];
  const created = createdCaseSchema.safeParse(
    await kibana.send(
      'POST',
      '/api/cases',
      {
        title: `${state.id}: ${state.title}`.slice(0, 160),
        description: lines.map(plainMarkdown).join('\n\n').slice(0, 30_000),
        tags: [...state.tags, `TLP:${state.tlp}`].map((tag) => tag.slice(0, 256)).slice(0, 200),
        severity: state.severity,
        connector: { id: 'none', name: 'none', type: '.none', fields: null },
        settings: { syncAlerts: false },
        owner: 'securitySolution',
      },
      signal,
    ),
  );
  if (!created.success) throw fail('store-refused', `${kibana.place} did not say which case it made.`);
  const kibanaCaseId = created.data.id;
  for (const note of state.notes)
    await kibana.send(
      'POST',
      `/api/cases/${encodeURIComponent(kibanaCaseId)}/comments`,
      {
        type: 'user',
        comment: plainMarkdown(
          `${note.actor}, ${new Date(note.atMs).toISOString()}${note.aboutMs === undefined ? '' : `, about ${new Date(note.aboutMs).toISOString()}`}: ${note.text}`,
        ).slice(0, 30_000),
        owner: 'securitySolution',
      },
      signal,
    );
  return { kibanaCaseId };
}

/** Kibana shows descriptions as Markdown; evidence must stay text there too. */
function plainMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~]/g, '\\$&');
}

const updatedSchema = z.object({ updated: z.number() });
/** Most alerts one request names. */
const alertsAtOnce = 500;

/** Sets the status of alerts of Elastic Security, and says how many Kibana changed. */
export async function setAlertStatus(
  kibana: KibanaConnection,
  alertIds: readonly string[],
  status: 'open' | 'acknowledged' | 'closed',
  signal: AbortSignal,
): Promise<number> {
  let updated = 0;
  for (let at = 0; at < alertIds.length; at += alertsAtOnce) {
    const answer = updatedSchema.safeParse(
      await kibana.send(
        'POST',
        '/api/detection_engine/signals/status',
        { signal_ids: alertIds.slice(at, at + alertsAtOnce), status },
        signal,
      ),
    );
    if (!answer.success) throw fail('store-refused', `${kibana.place} did not say how many alerts it changed.`);
    updated += answer.data.updated;
  }
  return updated;
}
