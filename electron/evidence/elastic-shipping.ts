import { Failure, fail } from '../../shared/base/failure.ts';
import { connectElastic, type ElasticRequest, type ElasticSource } from './elastic-connection.ts';
import { shippedMapping } from './elastic-demo.ts';
import { readFault, toElasticFailure } from './elastic-failure.ts';
import { record } from './elastic-search.ts';

/** Fields that questions count by, with the types they must have. */
const countedFields: Readonly<Record<string, readonly string[]>> = {
  '@timestamp': ['date', 'date_nanos'],
  'host.name': ['keyword', 'constant_keyword', 'wildcard'],
  'process.name': ['keyword', 'constant_keyword', 'wildcard'],
  'event.action': ['keyword', 'constant_keyword', 'wildcard'],
  'file.size': ['long', 'unsigned_long'],
};
const deadlineMs = 30_000;
const templateName = (dataStream: string) => `portside-${dataStream}`;

type Outcome = { readonly kind: 'taken' | 'again' } | { readonly kind: 'refused'; readonly reason: string };
interface Document {
  readonly id: string;
  readonly source: Readonly<Record<string, unknown>>;
}

/** Why a name cannot be one of a data stream; undefined where it can. */
export function dataStreamProblem(name: string): string | undefined {
  if (name.length === 0 || Buffer.byteLength(name) > 100) return 'Its name has 1 to 100 characters.';
  if (name !== name.toLowerCase()) return 'Its name is in lower case.';
  if (/[\\/*?"<>|\s,#:]/.test(name) || /^[-_+.]/.test(name)) return 'Its name has a character that none may have.';
  return undefined;
}

/**
 * A data stream of a cluster that live events can be sent to. `check` looks before anything is sent: may this key write
 * there, does the name lead to a data stream, are the fields of types that can be counted by. Where no index template
 * matches the name it makes one, if it may.
 */
export async function openElasticShipping(
  source: ElasticSource,
  dataStream: string,
  options: { readonly place?: string | undefined; readonly mayMakeTemplate?: boolean | undefined } = {},
) {
  const problem = dataStreamProblem(dataStream);
  if (problem !== undefined)
    throw fail(
      'bad-input',
      `"${dataStream}" is no name of a data stream. ${problem}`,
      'Such as logs-portside.usb-default.',
    );
  const connection = await connectElastic({ ...source, idleTimeoutMs: deadlineMs });
  const place = options.place ?? connection.place;
  const at = encodeURIComponent(dataStream);
  let isChecked = false;

  async function ask(request: ElasticRequest, question: string, signal: AbortSignal): Promise<unknown> {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    try {
      return await connection.send(request, bounded);
    } catch (error) {
      if (bounded.aborted && !signal.aborted)
        throw fail('store-timeout', `${place} did not answer in time (${question}).`, 'It is asked again.');
      throw toElasticFailure(error, question, place);
    }
  }

  /** The answer; undefined where the cluster has no such thing, or does not let this key ask for it. */
  async function optional(request: ElasticRequest, question: string, signal: AbortSignal) {
    try {
      return record(await ask(request, question, signal));
    } catch (error) {
      const isAbsent =
        error instanceof Failure && ['not-found', 'store-refused', 'bad-input', 'store-garbled'].includes(error.code);
      if (isAbsent && !(error.code === 'store-refused' && /credentials\.$/.test(error.message))) return undefined;
      throw error;
    }
  }

  async function checkRights(signal: AbortSignal): Promise<void> {
    const body = { index: [{ names: [dataStream], privileges: ['create_doc', 'auto_configure'] }] };
    const rights = await optional(
      { method: 'POST', path: '/_security/user/_has_privileges', body },
      'rights to write',
      signal,
    );
    // A cluster without users lets everybody write.
    const granted = record(record(rights?.index)?.[dataStream]);
    if (granted && granted.create_doc !== true) {
      throw fail(
        'store-refused',
        `These credentials may not write to ${dataStream}: the privilege create_doc is missing.`,
        'Give them create_doc and auto_configure on it; a key for this needs nothing else.',
      );
    }
  }

  async function checkTypes(signal: AbortSignal): Promise<boolean> {
    const caps = await optional(
      {
        method: 'GET',
        path: `/${at}/_field_caps`,
        query: { fields: Object.keys(countedFields).join(','), ignore_unavailable: true, allow_no_indices: true },
      },
      'types of fields',
      signal,
    );
    const fields = record(caps?.fields);
    if (!Array.isArray(caps?.indices) || caps.indices.length === 0 || !fields) return false;
    for (const [name, wanted] of Object.entries(countedFields)) {
      const wrong = Object.keys(record(fields[name]) ?? {}).find(
        (type) => type !== 'unmapped' && !wanted.includes(type),
      );
      if (wrong !== undefined)
        throw fail(
          'store-lacks-fields',
          `${dataStream} maps ${name} as ${wrong}, and it has to be ${wanted[0]}.`,
          'Choose another data stream, or mend its index template and roll it over.',
        );
    }
    return true;
  }

  /** What would be made of the name at the first event. */
  async function checkTemplate(signal: AbortSignal): Promise<void> {
    const simulated = await optional(
      { method: 'POST', path: `/_index_template/_simulate_index/${at}` },
      'index template',
      signal,
    );
    const template = record(simulated?.template);
    const hasTemplate = template !== undefined && Object.keys(record(template.mappings) ?? {}).length > 0;
    if (hasTemplate) {
      const properties = record(record(template.mappings)?.properties) ?? {};
      for (const [name, wanted] of Object.entries(countedFields)) {
        const type = typeIn(properties, name);
        if (type !== undefined && !wanted.includes(type))
          throw fail(
            'store-lacks-fields',
            `The index template of ${dataStream} maps ${name} as ${type}, and it has to be ${wanted[0]}.`,
            'Choose another data stream, or mend the template.',
          );
      }
      return;
    }
    const known = await optional(
      { method: 'GET', path: `/_index_template/${templateName(dataStream)}` },
      'index template',
      signal,
    );
    if (Array.isArray(known?.index_templates) && known.index_templates.length > 0) return;
    if (!options.mayMakeTemplate) {
      throw fail(
        'store-lacks-fields',
        simulated === undefined
          ? `Whether an index template makes the data stream ${dataStream} cannot be looked up with these credentials.`
          : `No index template makes a data stream named ${dataStream}.`,
        'Let Portside make the template (that needs manage_index_templates), or have an administrator make the data stream.',
      );
    }
    try {
      await ask(
        {
          method: 'PUT',
          path: `/_index_template/${templateName(dataStream)}`,
          query: { create: true },
          body: {
            index_patterns: [dataStream],
            data_stream: {},
            priority: 500,
            template: { mappings: shippedMapping() },
            _meta: { description: 'Events of removable devices, sent by Portside' },
          },
        },
        'making the index template',
        signal,
      );
    } catch (error) {
      if (error instanceof Failure && error.code === 'store-refused')
        throw fail(
          'store-refused',
          `The index template for ${dataStream} could not be made: ${error.message}`,
          'It needs the cluster privilege manage_index_templates, once; or an administrator makes the data stream.',
          error,
        );
      throw error;
    }
  }

  async function check(signal: AbortSignal): Promise<void> {
    await checkRights(signal);
    if (!(await checkTypes(signal))) await checkTemplate(signal);
    isChecked = true;
  }

  /** Ids of those that are there already. Without the right to read, the cluster's own refusal of a known id has to do. */
  async function present(documents: readonly Document[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const answer = await optional(
      {
        method: 'POST',
        path: `/${at}/_search`,
        query: { ignore_unavailable: true, allow_no_indices: true },
        body: {
          size: documents.length,
          _source: false,
          query: { ids: { values: documents.map(({ id }) => id) } },
          sort: ['_doc'],
        },
      },
      'what was sent already',
      signal,
    );
    const hits = record(answer?.hits)?.hits;
    return new Set(
      (Array.isArray(hits) ? hits : []).flatMap((hit) => {
        const id = record(hit)?._id;
        return typeof id === 'string' ? [id] : [];
      }),
    );
  }

  return {
    place,
    check,
    async deliver(documents: readonly Document[], isRepeat: boolean, signal: AbortSignal): Promise<readonly Outcome[]> {
      if (!isChecked) await check(signal);
      const there = isRepeat ? await present(documents, signal) : new Set<string>();
      const fresh = documents.filter(({ id }) => !there.has(id));
      const outcomes = new Map<string, Outcome>();
      if (fresh.length > 0) {
        const lines = fresh.flatMap(({ id, source: body }) => [{ create: { _id: id } }, body]);
        const answer = record(
          await ask(
            { method: 'POST', path: `/${at}/_bulk`, query: { require_data_stream: true }, lines },
            'sending events',
            signal,
          ),
        );
        const items: unknown[] = Array.isArray(answer?.items) ? answer.items : [];
        if (items.length !== fresh.length)
          throw fail('store-garbled', `${place} did not say what became of every event.`, 'They are sent again.');
        for (const [index, { id }] of fresh.entries())
          outcomes.set(id, outcomeOf(record(record(items[index])?.create)));
      }
      return documents.map(({ id }) => outcomes.get(id) ?? { kind: 'taken' });
    },
    close: () => connection.close(),
  };
}

function outcomeOf(item: Readonly<Record<string, unknown>> | undefined): Outcome {
  const status = Number(item?.status);
  // 409: it is there already.
  if ((status >= 200 && status < 300) || status === 409) return { kind: 'taken' };
  const fault = readFault(item, status);
  // A block or a lost shard passes; a document that does not fit the mapping never will.
  if (status === 400 || status === 413)
    return {
      kind: 'refused', // The rest of it repeats the document.
      reason: fault?.reason.split('\n')[0] || `status ${status}`,
    };
  return { kind: 'again' };
}

/** The type of a dotted name among the properties of a mapping. */
function typeIn(properties: Readonly<Record<string, unknown>>, name: string): string | undefined {
  let node: Readonly<Record<string, unknown>> | undefined = { properties };
  for (const part of name.split('.')) node = record(record(node?.properties)?.[part]);
  return typeof node?.type === 'string' ? node.type : undefined;
}
