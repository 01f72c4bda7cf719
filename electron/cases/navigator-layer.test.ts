import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { caseTechniques, navigatorLayer } from '../../shared/analysis/attack-techniques.ts';
import { cannedFinding, hostileText } from './canned-questions.ts';
import { makeCaseTestSet, quietCall } from './case-test-set.ts';

/**
 * The published property tables of layer format 4.5 (layers/spec/v4.5/layerformat.md of mitre-attack/attack-navigator), which
 * come without a JSON schema. Strict: a property that the tables do not have is a mistake of ours.
 */
const divider = z.strictObject({ divider: z.boolean() });
const metadata = z.array(z.union([z.strictObject({ name: z.string(), value: z.string() }), divider]));
const links = z.array(z.union([z.strictObject({ label: z.string(), url: z.string().regex(/^[a-z]+:\/\//) }), divider]));
const layerFormat = z.strictObject({
  versions: z
    .strictObject({
      attack: z.string().optional(),
      navigator: z.string().refine((version) => Number.parseFloat(version) >= 4.9),
      layer: z.literal('4.5'),
    })
    .optional(),
  name: z.string(),
  description: z.string().optional(),
  domain: z.enum(['enterprise-attack', 'mobile-attack', 'ics-attack']),
  customDataURL: z.string().optional(),
  filters: z
    .strictObject({
      platforms: z
        .array(
          z.enum([
            'PRE',
            'Windows',
            'Linux',
            'macOS',
            'Network',
            'AWS',
            'GCP',
            'Azure',
            'Azure AD',
            'Office 365',
            'SaaS',
          ]),
        )
        .optional(),
    })
    .optional(),
  sorting: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).optional(),
  layout: z
    .strictObject({
      layout: z.enum(['side', 'flat', 'mini']).optional(),
      showID: z.boolean().optional(),
      showName: z.boolean().optional(),
      showAggregateScores: z.boolean().optional(),
      countUnscored: z.boolean().optional(),
      aggregateFunction: z.enum(['average', 'min', 'max', 'sum']).optional(),
      expandedSubtechniques: z.enum(['none', 'all', 'annotated']).optional(),
    })
    .optional(),
  hideDisabled: z.boolean().optional(),
  techniques: z
    .array(
      z.strictObject({
        techniqueID: z.string().regex(/^T\d{4}(?:\.\d{3})?$/),
        tactic: z
          .string()
          .regex(/^[a-z]+(?:-[a-z]+)*$/)
          .optional(),
        comment: z.string().optional(),
        enabled: z.boolean().optional(),
        score: z.number().optional(),
        color: z.string().optional(),
        metadata: metadata.optional(),
        links: links.optional(),
        showSubtechniques: z.boolean().optional(),
      }),
    )
    .optional(),
  gradient: z
    .strictObject({
      colors: z.array(z.string().regex(/^#[0-9a-f]{6}(?:[0-9a-f]{2})?$/i)).min(2),
      minValue: z.number(),
      maxValue: z.number(),
    })
    .refine(({ minValue, maxValue }) => maxValue > minValue)
    .optional(),
  legendItems: z.array(z.strictObject({ label: z.string(), color: z.string() })).optional(),
  showTacticRowBackground: z.boolean().optional(),
  tacticRowBackground: z.string().optional(),
  selectTechniquesAcrossTactics: z.boolean().optional(),
  selectSubtechniquesWithParent: z.boolean().optional(),
  selectVisibleTechniques: z.boolean().optional(),
  metadata: metadata.optional(),
  links: links.optional(),
});

describe('navigatorLayer', () => {
  it.each([
    ['ordinary', cannedFinding(), 'A case'],
    ['hostile', cannedFinding({ process: hostileText, host: hostileText, user: hostileText }), hostileText],
  ])('is a layer of format 4.5 with %s content', async (_kind, finding, title) => {
    const set = await makeCaseTestSet([finding]);
    try {
      const { id } = await set.store.open({ findingIds: [finding.id], title }, quietCall);
      const state = await set.store.read(id);
      const layer = layerFormat.parse(JSON.parse(navigatorLayer(state)));
      expect(layer.name).toBe(`Portside ${id}`);
      expect(layer.techniques?.map(({ techniqueID }) => techniqueID)).toEqual(
        caseTechniques(state).map((technique) => technique.id),
      );
      // One technique a tactic at most once, or the Navigator would show the later only.
      const marks = layer.techniques?.map(({ techniqueID, tactic }) => `${techniqueID} ${tactic}`) ?? [];
      expect(new Set(marks).size).toBe(marks.length);
      expect(layer.techniques?.find(({ techniqueID }) => techniqueID === 'T1052.001')?.score).toBe(
        Math.round(finding.score),
      );
      for (const { score } of layer.techniques ?? [])
        expect(score).toSatisfy((value: number) => value >= 0 && value <= 100);
    } finally {
      rmSync(set.folder, { recursive: true, force: true });
    }
  });
});
