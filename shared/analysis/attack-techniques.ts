import { wellFormed } from '../base/words.ts';
import type { CaseState } from '../model/case-file.ts';

/** An ATT&CK technique that a case speaks of, with the sentences that name it. */
export interface CaseTechnique {
  readonly id: string;
  readonly name: string;
  readonly tactic: string;
  readonly reasons: readonly string[];
}

/** Which technique a check that supports suspicion points to. A hint for the reader, no proof of it. */
const byCheck: Readonly<Record<string, readonly [string, string, string]>> = {
  'process.name': ['T1036.005', 'Masquerading: Match Legitimate Resource Name or Location', 'defense-evasion'],
  'process.original-name': ['T1036.003', 'Masquerading: Rename Legitimate Utilities', 'defense-evasion'],
  'process.living-off-the-land': ['T1218', 'System Binary Proxy Execution', 'defense-evasion'],
  'data.types': ['T1560.001', 'Archive Collected Data: Archive via Utility', 'collection'],
  'data.header': ['T1036.008', 'Masquerading: Masquerade File Type', 'defense-evasion'],
  'correlation.execution': ['T1091', 'Replication Through Removable Media', 'initial-access'],
};

/** The techniques of a case: exfiltration over USB always, others where a check points to them. */
export function caseTechniques(state: CaseState): readonly CaseTechnique[] {
  const found = new Map<string, { name: string; tactic: string; reasons: string[] }>();
  found.set('T1052.001', {
    name: 'Exfiltration over USB',
    tactic: 'exfiltration',
    reasons: state.findings.map(
      ({ finding }) => `${finding.process} on ${finding.host}, score ${Math.round(finding.score)}`,
    ),
  });
  for (const check of state.findings.flatMap(({ steps }) => steps.flatMap((step) => step.checks))) {
    const technique =
      check.stance === 'supports-suspicion' && Object.hasOwn(byCheck, check.id) ? byCheck[check.id] : undefined;
    if (!technique) continue;
    const [id, name, tactic] = technique;
    const known = found.get(id) ?? { name, tactic, reasons: [] };
    if (known.reasons.length < 20) known.reasons.push(check.sentence);
    found.set(id, known);
  }
  return [...found].map(([id, rest]) => ({ id, ...rest }));
}

/** A layer for the ATT&CK Navigator: the techniques of a case with their reasons as comments. */
export function navigatorLayer(state: CaseState): string {
  const layer = {
    name: `Portside ${state.id}`,
    versions: { attack: '16', navigator: '5.1.0', layer: '4.5' },
    domain: 'enterprise-attack',
    description: state.title,
    filters: { platforms: ['Windows', 'Linux', 'macOS'] },
    sorting: 0,
    layout: {
      layout: 'side',
      aggregateFunction: 'average',
      showID: true,
      showName: true,
      showAggregateScores: false,
      countUnscored: false,
    },
    hideDisabled: false,
    techniques: caseTechniques(state).map((technique) => ({
      techniqueID: technique.id,
      tactic: technique.tactic,
      score:
        technique.id === 'T1052.001'
          ? Math.round(Math.max(0, ...state.findings.map(({ finding }) => finding.score)))
          : 50,
      color: '',
      comment: wellFormed(technique.reasons.join('\n').slice(0, 4_000)),
      enabled: true,
      metadata: [],
      links: [],
      showSubtechniques: true,
    })),
    gradient: { colors: ['#ffffff', '#b8400f'], minValue: 0, maxValue: 100 },
    legendItems: [],
    metadata: [{ name: 'case', value: state.id }],
    links: [],
    showTacticRowBackground: false,
    tacticRowBackground: '#dddddd',
    selectTechniquesAcrossTactics: true,
    selectSubtechniquesWithParent: false,
    selectVisibleTechniques: false,
  };
  return `${JSON.stringify(layer, undefined, 2)}\n`;
}
