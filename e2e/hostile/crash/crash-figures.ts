/** What the killed writer and its judge agree on: rows of one import and of one append. */
export const importRows = 4_000;
export const appendRows = 60;
/** The case that is exported. */
export const caseId = `C-${new Date().getUTCFullYear()}-0001`;
export type CrashWork = 'import' | 'append' | 'journal' | 'settings' | 'rules' | 'export';
/** Until when a kill falls, after the writer is ready: long enough that some of the work is done before it. */
export const killWithinMs: Readonly<Record<CrashWork, number>> = {
  import: 1_200,
  append: 400,
  journal: 200,
  settings: 150,
  rules: 1_500,
  export: 700,
};
