import { fail } from '../../shared/base/failure.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { SourceOperations } from '../../shared/ipc/source-operations.ts';
import type { EvidenceSource } from '../../shared/model/evidence-source.ts';

/** Sources in memory: enough to look at their view. */
export function makeSourceHandlers(): Handlers<SourceOperations> {
  let sources: readonly EvidenceSource[] = [];
  let inUse: string | undefined;
  return {
    'source.list': async () => ({ keeps: 'memory', inUse, sources }),
    'source.choose-ca': async () => ({ chosen: { token: 'ca-1', fileName: 'soc-root-ca.pem' } }),
    'source.test': async ({ signIn, indices }) => {
      if (signIn.kind === 'api-key' && signIn.apiKey === 'wrong') {
        throw fail('store-refused', 'The cluster does not accept the API key.', 'Make a new one.');
      }
      const { files, devices, alerts, anomalies } = indices;
      return {
        version: '9.4.2',
        clusterName: 'soc',
        license: 'basic',
        user: 'portside',
        mayRead: [files, devices],
        mayNotRead: [alerts, anomalies],
        notAsked: [],
        tookMs: 38,
      };
    },
    'source.save': async ({ id = `s${sources.length + 1}`, name, address, signIn, trust, indices }) => {
      const source: EvidenceSource = {
        id,
        name,
        address,
        signIn: signIn.kind === 'password' ? { kind: 'password', username: signIn.username } : { kind: signIn.kind },
        trust: trust.kind === 'ca' ? { kind: 'ca', fileName: 'soc-root-ca.pem' } : trust,
        indices,
        hasSecret: true,
      };
      sources = [...sources.filter((other) => other.id !== id), source];
      return source;
    },
    'source.remove': async ({ id }) => {
      sources = sources.filter((source) => source.id !== id);
      if (inUse === id) inUse = undefined;
      return {};
    },
    'source.check': async ({ id }, { emit }) => {
      if (id !== undefined) emit({ name: 'cluster', state: 'ok', detail: 'Elasticsearch 9.4.2 answers.', hint: '' });
      emit({ name: 'file-events', state: 'ok', detail: '705 writes to external devices are stored.', hint: '' });
      emit({
        name: 'device-events',
        state: 'missing',
        detail: '0 device events are stored.',
        hint: 'Without them connection spans are inferred from writes.',
      });
      return {};
    },
    'source.use': async ({ id }) => {
      inUse = id;
      return {};
    },
  };
}
