/**
 * All built-in rules every 15 minutes over 30 days (2,880 runs) against one run over all, on made evidence, in both
 * engines: `npm run bench -- rule-replay [HOSTS] [DAYS] [URL of an Elasticsearch]`. Says how many alerts each way gave, how
 * many differ, how many came twice, and how long a run took. Ends with 1 where they are not the same.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoEndMs, demoOptions, writeDemoNdjson } from '../electron/evidence/demo-files.ts';
import { connectElastic } from '../electron/evidence/elastic-connection.ts';
import { demoIndices, loadDocuments, makeDemoIndices, readDocuments } from '../electron/evidence/elastic-demo.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from '../electron/evidence/workspace-engine.ts';
import { replayRules } from '../electron/rules/replay-for-tests.ts';
import { makeRuleService } from '../electron/rules/rule-service.ts';
import { dayMs, hourMs, minuteMs } from '../shared/base/time.ts';

const hosts = Number(process.argv[2] ?? 20);
const days = Number(process.argv[3] ?? 30);
const url = process.argv[4];
const prefix = 'bench-replay-';
const { signal } = new AbortController();
const context = { signal, emit: () => undefined };
const folder = await mkdtemp(join(tmpdir(), 'portside-bench-replay-'));

async function replay(engine: WorkspaceEngine, name: string): Promise<readonly string[]> {
  const service = (part: string) =>
    makeRuleService({
      folder: join(folder, `${name}-${part}`),
      sources: engine,
      actor: 'bench',
      isApproved: async () => false,
    });
  const { lastMs = demoEndMs } = await engine['evidence.summary']({}, context);
  const toMs = Math.ceil((lastMs + 1) / hourMs) * hourMs;
  const startMs = performance.now();
  let endMs = startMs;
  const outcome = await replayRules({
    stepping: service('steps'),
    atOnce: service('once'),
    fromMs: toMs - days * dayMs,
    toMs,
    stepMs: 15 * minuteMs,
    signal,
    onRun: () => {
      endMs = performance.now();
    },
  });
  const { bySteps, atOnce, runs, dropped } = outcome;
  const once = new Set(atOnce);
  const differing = bySteps.filter((id) => !once.has(id)).length + atOnce.filter((id) => !bySteps.includes(id)).length;
  const twice = bySteps.length - new Set(bySteps).size;
  console.log(
    `${name}: ${runs} runs, ${bySteps.length} alerts; one run over all: ${atOnce.length}; differing ${differing}, twice ${twice}, over the limit ${dropped}; ${((endMs - startMs) / runs).toFixed(1)} ms a run`,
  );
  if (differing > 0 || twice > 0) process.exitCode = 1;
  return atOnce;
}

try {
  const { evidence, writes } = await writeDemoNdjson(join(folder, 'files'), demoOptions(demoEndMs, { hosts, days }));
  console.log(`${writes} writes of ${hosts} hosts in ${days} days`);
  const embedded = await openWorkspaceEngine({ workspacePath: join(folder, 'workspace') });
  for (const path of evidence) await embedded['evidence.import']({ path }, context);
  const inStore = await replay(embedded, 'embedded store');
  await embedded.close();
  if (url) {
    const admin = await connectElastic({ nodes: [url] });
    await makeDemoIndices(admin, { replace: true, prefix }, signal);
    await loadDocuments(admin, readDocuments(evidence), signal, prefix);
    await admin.close();
    const cluster = await openWorkspaceEngine({
      workspacePath: folder,
      source: { nodes: [url], indices: demoIndices(prefix) },
    });
    const there = await replay(cluster, 'Elasticsearch');
    await cluster.close();
    const same = there.length === inStore.length && there.every((id, index) => id === inStore[index]);
    console.log(same ? 'Both engines raise the same alerts.' : 'The engines raise different alerts.');
    if (!same) process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
