import { useCallback } from 'react';
import type { RuleImport } from '../shared/ipc/rule-operations.ts';
import { packageExtensions } from '../shared/model/package-extensions.ts';
import type { ImportRunner } from './import-runner.ts';
import { toFailure, useAct } from './queries.ts';
import { choose, goTo, useChoices } from './state.ts';
import { undoTexts as texts } from './texts/undo.ts';
import { tell } from './undo-stack.ts';

const packageName = new RegExp(`\\.(?:${packageExtensions.join('|')})$`, 'i');

/** Whether a file is taken for rules: TOML holds nothing else; over the rules, what rules are exported as, too. */
function isOfRules(file: File): boolean {
  return (
    /\.toml$/i.test(file.name) || (useChoices.getState().view === 'rules' && /\.(?:ndjson|json)$/i.test(file.name))
  );
}

/** Gives what becomes of dropped files: a case package is verified and shown, rules are imported, the rest is evidence. */
export function useDrop(importer: ImportRunner): (files: readonly File[]) => void {
  const { mutateAsync } = useAct('rules.import', ['rules.list', 'exceptions.list']);
  return useCallback(
    (files) => {
      const packages = files.filter((file) => packageName.test(file.name));
      const rules = files.filter((file) => !packages.includes(file) && isOfRules(file));
      const evidence = files.filter((file) => !packages.includes(file) && !rules.includes(file));
      const [first] = packages;
      if (first) {
        void importer.take(first).then((token) => {
          if (token) choose({ dialog: 'package', openedPackage: { kind: 'package', token, name: first.name } });
        });
      }
      if (rules.length > 0) {
        goTo({ view: 'rules' });
        void importRules(rules, importer, mutateAsync);
      }
      if (evidence.length > 0) {
        goTo({ view: 'sources' });
        void importer.drop(evidence);
      }
    },
    [importer, mutateAsync],
  );
}

/** Imports rules one file after the other and tells at the end what became of each. */
async function importRules(
  files: readonly File[],
  importer: ImportRunner,
  importFile: (input: { token: string }) => Promise<RuleImport>,
): Promise<void> {
  const said: string[] = [];
  for (const file of files) {
    const token = await importer.take(file);
    if (!token) continue;
    try {
      const { imported, refused } = await importFile({ token });
      said.push(texts.imported(imported.length, file.name, refused.length, refused[0]?.reason ?? ''));
    } catch (error) {
      said.push(texts.notImported(file.name, toFailure(error)?.message));
    }
  }
  if (said.length > 0) tell(said.map((text) => text.replace(/\.$/, '')).join('. '));
}
