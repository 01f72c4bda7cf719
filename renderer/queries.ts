import {
  keepPreviousData,
  QueryClient,
  type UseInfiniteQueryResult,
  type UseMutationResult,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { assertExists } from '../shared/base/assert.ts';
import { Failure, isCancelled, messageOf } from '../shared/base/failure.ts';
import type { InputOf, ItemOf, OutputOf } from '../shared/ipc/operation.ts';
import type { WorkbenchOperations } from '../shared/ipc/workbench-operations.ts';
import type { WorkbenchClient } from './ipc.ts';
import { widgetTexts } from './texts/widgets.ts';
import { prepareUndo } from './undo-table.ts';

type Operations = WorkbenchOperations;
export type OperationName = keyof Operations & string;

/** Gives every view the window's client. */
export const ClientContext = createContext<WorkbenchClient | undefined>(undefined);

/** The client of this window. */
export function useClient(): WorkbenchClient {
  return assertExists(useContext(ClientContext), 'client of the window');
}

/**
 * The cache of answers. An answer stays good until the workspace says that something changed, so nothing is asked again
 * on focus or by time; a failed question is not repeated by itself but by the person.
 */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: false,
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 120_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // Columns are typed arrays: comparing them deeply would cost more than drawing them.
        structuralSharing: false,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}

export interface AskOptions {
  /** Asks nothing while false. */
  readonly isEnabled?: boolean;
  /** Shows the answer before while a changed question is under way. */
  readonly keepsPrevious?: boolean;
}

/**
 * Asks one question. The newest input wins: when it changes, the call under way is aborted. The failure, if any, is a
 * `Failure` to be shown where it was asked.
 */
export function useAsk<K extends OperationName>(
  name: K,
  input: InputOf<Operations[K]>,
  options: AskOptions = {},
): UseQueryResult<OutputOf<Operations[K]>, Error> {
  const client = useClient();
  return useQuery({
    queryKey: [name, input],
    queryFn: ({ signal }) => client.call(name, input, { signal }),
    enabled: options.isEnabled ?? true,
    ...(options.keepsPrevious ? { placeholderData: keepPreviousData } : {}),
  });
}

/** Asks the same question of several things. Answers stand in the order of the inputs. */
export function useAskEach<K extends OperationName>(
  name: K,
  inputs: readonly InputOf<Operations[K]>[],
): readonly UseQueryResult<OutputOf<Operations[K]>, Error>[] {
  const client = useClient();
  return useQueries({
    queries: inputs.map((input) => ({
      queryKey: [name, input],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => client.call(name, input, { signal }),
    })),
  });
}

interface PageOf {
  readonly rows: readonly unknown[];
  readonly nextCursor?: string | undefined;
}

/** Operations that answer by the page. */
export type PagedName = {
  [K in OperationName]: OutputOf<Operations[K]> extends PageOf
    ? 'cursor' extends keyof InputOf<Operations[K]>
      ? K
      : never
    : never;
}[OperationName];

/** Asks a list by the page; `fetchNextPage` gets the next one. Rows of all pages so far are in `data.pages`. */
export function usePages<K extends PagedName>(
  name: K,
  input: InputOf<Operations[K]>,
  options: AskOptions = {},
): UseInfiniteQueryResult<{ readonly pages: readonly OutputOf<Operations[K]>[] }, Error> {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: [name, input, 'pages'],
    queryFn: ({ signal, pageParam }) =>
      client.call(name, (pageParam === undefined ? input : { ...input, cursor: pageParam }) as typeof input, {
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page as PageOf).nextCursor,
    enabled: options.isEnabled ?? true,
    ...(options.keepsPrevious ? { placeholderData: keepPreviousData } : {}),
  });
}

/** Items of an operation that emits; what was cut off by leaving the view is not taken for the whole. */
interface Collected<Item> {
  readonly items: readonly Item[];
  readonly isWhole: boolean;
}

/** Asks an operation that emits, and collects what it emitted: items appear as they come. */
export function useCollected<K extends OperationName>(
  name: K,
  input: InputOf<Operations[K]>,
  options: AskOptions = {},
): UseQueryResult<readonly ItemOf<Operations[K]>[], Error> {
  type Answer = Collected<ItemOf<Operations[K]>>;
  const client = useClient();
  const queries = useQueryClient();
  const queryKey = [name, input, 'items'];
  return useQuery({
    queryKey,
    queryFn: async ({ signal }): Promise<Answer> => {
      let items: readonly ItemOf<Operations[K]>[] = [];
      await client.call(name, input, {
        signal,
        onItem: (item) => {
          items = [...items, item];
          queries.setQueryData<Answer>(queryKey, { items, isWhole: false });
        },
      });
      return { items, isWhole: true };
    },
    select: (answer) => answer.items,
    staleTime: (query) => (query.state.data?.isWhole ? Number.POSITIVE_INFINITY : 0),
    enabled: options.isEnabled ?? true,
  });
}

/**
 * An operation that changes something, run by hand. Afterwards the questions named in `touches` are asked again.
 * `onItem` hears what it says meanwhile. What can be taken back (`undo-table.ts`) is told with a way back.
 */
export function useAct<K extends OperationName>(
  name: K,
  touches: readonly OperationName[] = [],
  onItem?: (item: ItemOf<Operations[K]>) => void,
): UseMutationResult<OutputOf<Operations[K]>, Error, InputOf<Operations[K]>> {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (input: InputOf<Operations[K]>) => {
      const offer = prepareUndo(name, input, queries);
      const output = await client.call(name, input, onItem ? { onItem } : {});
      offer?.(output);
      return output;
    },
    onSuccess: () => Promise.all(touches.map((touched) => queries.invalidateQueries({ queryKey: [touched] }))),
  });
}

/** Anything thrown as what is shown: a Failure stays one, a cancelled call is nothing, the rest is a bug. */
export function toFailure(error: unknown): Failure | undefined {
  if (error === null || error === undefined || isCancelled(error)) return undefined;
  if (error instanceof Failure) return error;
  return new Failure({ code: 'bug', message: widgetTexts.bug, hint: messageOf(error) }, error);
}
