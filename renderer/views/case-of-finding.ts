import { useQueries } from '@tanstack/react-query';
import type { CaseFile } from '../../shared/model/case-file.ts';
import { useAsk, useClient } from '../queries.ts';

/** Newest cases that are looked through for a finding. */
const mostCases = 50;

/** The newest case that holds a finding, if one does. */
export function useCaseOfFinding(findingId: string): {
  readonly file: CaseFile | undefined;
  readonly isLoading: boolean;
  readonly error: unknown;
} {
  const client = useClient();
  const cases = useAsk('cases.list', {});
  const files = useQueries({
    queries: (cases.data ?? []).slice(0, mostCases).map(({ id }) => ({
      queryKey: ['case.read', { id }],
      queryFn: ({ signal }: { signal: AbortSignal }) => client.call('case.read', { id }, { signal }),
    })),
  });
  const file = files
    .map((answer) => answer.data)
    .find((data) => data?.findings.some((entry) => entry.finding.id === findingId));
  return {
    file,
    isLoading: cases.isPending || files.some((answer) => answer.isPending),
    error: cases.error,
  };
}
