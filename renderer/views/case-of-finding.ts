import type { CaseFile } from '../../shared/model/case-file.ts';
import { type OperationName, useAsk } from '../queries.ts';

/** What a change of a case is seen in. */
export const caseQuestions: readonly OperationName[] = ['case.read', 'cases.list', 'case.of-finding'];

/** The newest case that holds a finding, if one does. */
export function useCaseOfFinding(findingId: string): {
  readonly file: CaseFile | undefined;
  readonly isLoading: boolean;
  readonly error: unknown;
} {
  const held = useAsk('case.of-finding', { findingId });
  return { file: held.data?.newest, isLoading: held.isPending, error: held.error };
}
