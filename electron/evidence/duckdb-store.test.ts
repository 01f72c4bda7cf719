import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { type ContractEvidence, describeStoreContract } from './store-contract.ts';
import { openWorkspaceEngine } from './workspace-engine.ts';
import { makeTestFolder } from './workspace-for-tests.ts';

describeStoreContract('embedded', async (evidence: ContractEvidence) => {
  const { path, release } = await makeTestFolder();
  const engine = await openWorkspaceEngine({ workspacePath: path });
  const documents = Object.values(evidence).flat();
  if (documents.length > 0) {
    const file = join(path, 'evidence.ndjson');
    const lines = documents.map(({ id, source }) => JSON.stringify({ _id: id, _index: 'i', _source: source }));
    await writeFile(file, lines.join('\n'));
    const report = await engine.importFile(file, ignoreItems(new AbortController().signal));
    expect(report).toMatchObject({ rowsRead: documents.length, rowsRejected: 2, rowsDuplicate: 0, rowsOther: 3 });
  }
  return {
    ...engine,
    close: async () => {
      await engine.close();
      await release();
    },
  };
});
