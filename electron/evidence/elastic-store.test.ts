import { describe, it } from 'vitest';
import { demoIndices, loadDocuments, makeDemoIndices } from './elastic-demo.ts';
import { connectForTests, testElasticsearch } from './elastic-for-tests.ts';
import { makeElasticStore } from './elastic-store.ts';
import { type ContractEvidence, describeStoreContract } from './store-contract.ts';

const server = await testElasticsearch('plain');
const { signal } = new AbortController();
let opened = 0;

if ('reason' in server) describe('store contract: Elasticsearch', () => it.skip(server.reason, () => undefined));
else {
  describeStoreContract('Elasticsearch', async (evidence: ContractEvidence) => {
    const connection = await connectForTests(server);
    opened += 1;
    const prefix = `contract-${process.pid}-${opened}-`;
    await makeDemoIndices(connection, { replace: true, prefix }, signal);
    await loadDocuments(connection, Object.values(evidence).flat(), signal, prefix);
    return makeElasticStore(connection, { indices: demoIndices(prefix) });
  });
}
