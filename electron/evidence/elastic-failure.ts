import { errors } from '@elastic/elasticsearch';
import { cancelled, Failure, type FailureCode, fail, isCancelled, messageOf } from '../../shared/base/failure.ts';

/** The parts of an Elasticsearch error that tell what happened: its types from outside in, and the plainest reason. */
export interface ElasticFault {
  readonly status: number;
  readonly types: readonly string[];
  readonly reason: string;
  /** Index that the fault is about, where one is named. */
  readonly index?: string | undefined;
}

/** Faults that a second try may mend: overload, a node that left, a broken line. */
const passingStatuses: readonly number[] = [429, 502, 503, 504];

/** Types that say that a point in time, or a node that holds a part of it, is gone. */
const lostTypes = /^search_context_missing(_nodes)?_exception$/;

/** Types of a node that left while it was asked. */
const leftTypes = /^(node_(disconnected|not_connected|closed)|connect_transport|no_shard_available_action)_exception$/;

/** Types that stand for "this question is too large", whatever the status. */
const tooLargeTypes = ['too_many_buckets_exception', 'too_many_clauses', 'query_phase_execution_exception'];

/** Network error codes of a certificate that was looked at and refused. */
const certificateCodes =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET)|ERR_TLS_|EPROTO|HOSTNAME_MISMATCH)/;

/** The fault in the body of an answer; undefined where there is none. Hostile-safe: anything may be in there. */
export function readFault(body: unknown, status: number): ElasticFault | undefined {
  const error = member(body, 'error');
  if (typeof error === 'string') return { status, types: [], reason: error };
  if (typeof error !== 'object' || error === null) return undefined;
  const types: string[] = [];
  let reason = '';
  let index: string | undefined;
  const visit = (value: unknown, depth: number): void => {
    if (depth > 12 || typeof value !== 'object' || value === null) return;
    const type = member(value, 'type');
    const text = member(value, 'reason');
    const named = member(value, 'index');
    if (typeof type === 'string' && !types.includes(type)) types.push(type);
    if (typeof text === 'string' && text !== '' && text !== 'all shards failed') reason = text;
    if (typeof named === 'string') index ??= named;
    if (typeof text === 'object') visit(text, depth + 1);
    for (const name of ['root_cause', 'failed_shards']) {
      const list = member(value, name);
      if (Array.isArray(list)) for (const item of list.slice(0, 20)) visit(item, depth + 1);
    }
    visit(member(value, 'caused_by'), depth + 1);
  };
  visit(error, 0);
  return { status, types, reason: reason.slice(0, 500), index };
}

/** Whether the fault says that a point in time is gone (its node died, or it expired): it can be opened again. */
export function isLostPointInTime(error: unknown): boolean {
  return error instanceof errors.ResponseError && faultOf(error).types.some((type) => lostTypes.test(type));
}

/** Whether the same request may well succeed a moment later. Only asked for requests that change nothing. */
export function isPassing(error: unknown): boolean {
  if (error instanceof errors.ResponseError) {
    const fault = faultOf(error);
    if (tooLargeTypes.some((type) => fault.types.includes(type))) return false;
    if (fault.types.includes('circuit_breaking_exception') && isPermanentBreaker(error.body)) return false;
    return passingStatuses.includes(fault.status) || fault.types.some((type) => leftTypes.test(type));
  }
  // A silent node was waited for already: asking again would only double the wait.
  if (error instanceof errors.ConnectionError) {
    return !certificateCodes.test(networkCode(error)) && !/timeout/i.test(messageOf(error));
  }
  return error instanceof errors.NoLivingConnectionsError;
}

/**
 * What anything thrown by a request means to the person. `question` says what was asked, `place` whom. Failures and
 * cancellations pass through.
 */
export function toElasticFailure(error: unknown, question: string, place: string): Failure {
  if (error instanceof Failure) return error;
  if (isCancelled(error)) return cancelled();
  // The client's errors carry headers: only their text goes on as the cause.
  const cause = new Error(messageOf(error));
  const make = (code: FailureCode, message: string, hint: string) => fail(code, message, hint, cause);
  const isSilence = error instanceof errors.ConnectionError && /timeout/i.test(messageOf(error));
  if (error instanceof errors.TimeoutError || isSilence) {
    return make(
      'store-timeout',
      `${place} sent nothing for too long (${question}).`,
      'Narrow the time span, or try again.',
    );
  }
  if (error instanceof errors.ResponseError) return ofFault(faultOf(error), question, place, make);
  if (error instanceof errors.DeserializationError) {
    return make(
      'store-garbled',
      `${place} answered with something that is no JSON (${question}).`,
      'A proxy or another service may answer at this address, or the answer was cut. Check the address.',
    );
  }
  if (error instanceof errors.ProductNotSupportedError) {
    return make(
      'store-refused',
      `${place} answers, but it is no Elasticsearch.`,
      'Portside speaks to Elasticsearch 8 and 9. Check address and port (Kibana listens elsewhere).',
    );
  }
  if (error instanceof errors.ConnectionError || error instanceof errors.NoLivingConnectionsError) {
    return ofNetwork(error, question, place, make);
  }
  if (error instanceof errors.RequestAbortedError) return cancelled();
  return make(
    'store-garbled',
    `${place} answered in a way that cannot be read (${question}).`,
    'Try again; if it stays, look into the log.',
  );
}

type Make = (code: FailureCode, message: string, hint: string) => Failure;

function ofFault(fault: ElasticFault, question: string, place: string, make: Make): Failure {
  const has = (...types: string[]) => types.some((type) => fault.types.includes(type));
  const at = fault.index ? ` (index ${fault.index})` : '';
  if (has('circuit_breaking_exception')) {
    return make(
      'store-too-large',
      `The cluster has too little memory free for this question (circuit breaker; ${question}).`,
      'Narrow the time span or the filter, or try again when the cluster is less busy.',
    );
  }
  if (has(...tooLargeTypes)) {
    return make(
      'store-too-large',
      `The answer has more parts than the cluster gives out (${question}).`,
      'Narrow the time span or the filter.',
    );
  }
  if (fault.status === 401) {
    return make(
      'store-refused',
      `${place} does not know these credentials.`,
      'Check the API key or the password; a key may have expired or been revoked.',
    );
  }
  if (fault.status === 403 && has('cluster_block_exception')) {
    return make(
      'store-refused',
      `The cluster is read-only or blocked: ${fault.reason}${at}.`,
      'Reading works on a read-only index; an administrator must lift the block for anything else.',
    );
  }
  if (fault.status === 403) {
    return make(
      'store-refused',
      `These credentials may not do this: ${fault.reason}`,
      'Give the role from docs/elasticsearch.md (read and view_index_metadata on the indices).',
    );
  }
  if (has('index_not_found_exception')) {
    return make(
      'not-found',
      `There is no such index${at} (${question}).`,
      'Check the index patterns of the source, and that Elastic Defend ships its events to this cluster.',
    );
  }
  if (
    /fielddata|text fields are not optimi[sz]ed|is not supported for aggregation|not supported for.*field/i.test(
      fault.reason,
    )
  ) {
    return make(
      'store-lacks-fields',
      `A field has a type that cannot be counted by${at}: ${fault.reason}`,
      'The index template of Elastic Defend maps it as keyword; an index made by hand may not.',
    );
  }
  if (fault.status === 429 || has('es_rejected_execution_exception')) {
    return make('store-busy', `${place} is too busy (${question}).`, 'Try again in a moment.');
  }
  if (
    has('no_shard_available_action_exception', 'search_phase_execution_exception') &&
    passingStatuses.includes(fault.status)
  ) {
    return make(
      'store-partial',
      `Some shards have no copy that answers${at} (${question}).`,
      'A node is down or the index is red: see GET _cluster/health. No partial answer is shown.',
    );
  }
  if (fault.status === 502 || fault.status === 503) {
    return make(
      'store-busy',
      `${place} cannot answer now (${fault.status}; ${question}).`,
      'A node may be starting or leaving. Try again in a moment.',
    );
  }
  if (fault.status === 504 || has('timeout_exception')) {
    return make(
      'store-timeout',
      `The cluster gave up before it was done (${question}).`,
      'Narrow the time span, or try again.',
    );
  }
  if (fault.status === 404) {
    return make(
      'not-found',
      `The cluster has no such thing (${question}): ${fault.reason}`,
      'It may be an older version, or lack a part.',
    );
  }
  return make(
    'store-garbled',
    `The cluster did not take the question (${fault.status}; ${question}): ${fault.reason}`,
    'Its version or mapping may differ from what Portside knows.',
  );
}

function ofNetwork(error: Error, question: string, place: string, make: Make): Failure {
  const code = networkCode(error);
  const text = messageOf(error);
  if (certificateCodes.test(code) || /certificate|self.signed|wrong version number|SSL routines/i.test(text)) {
    return make(
      'store-untrusted',
      `The connection to ${place} is not trusted: ${text}.`,
      'Give the CA file that signed its certificate (or its fingerprint), and the host name it was made for. Check https:// against http://.',
    );
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return make('store-unreachable', `The name of ${place} is not known here.`, 'Check the address, DNS and VPN.');
  }
  if (code === 'ECONNREFUSED') {
    return make(
      'store-unreachable',
      `Nothing listens at ${place}.`,
      'Check address and port, and that the cluster runs.',
    );
  }
  if (/maxResponseSize|is bigger than the maximum/i.test(text)) {
    return make(
      'store-too-large',
      `The answer of ${place} is too large to read (${question}).`,
      'Narrow the time span or the filter.',
    );
  }
  if (/Parse Error|HPE_|invalid (http|header)|Expected HTTP/i.test(`${code} ${text}`)) {
    return make(
      'store-garbled',
      `${place} answered with something that is no HTTP (${question}).`,
      'Another service may listen at this port.',
    );
  }
  return make(
    'store-unreachable',
    `The line to ${place} broke (${question}): ${text}.`,
    'Try again; check network and proxy.',
  );
}

function faultOf(error: errors.ResponseError): ElasticFault {
  const status = error.statusCode ?? 0;
  return readFault(error.body, status) ?? { status, types: [], reason: messageOf(error).slice(0, 500) };
}

function isPermanentBreaker(body: unknown): boolean {
  return member(member(body, 'error'), 'durability') === 'PERMANENT';
}

/** The system's code for a network error, wherever the client put it. */
function networkCode(error: Error): string {
  for (const place of [error, error.cause, member(member(error, 'meta'), 'error'), member(error, 'options')]) {
    for (const value of [member(place, 'code'), member(member(place, 'cause'), 'code')]) {
      if (typeof value === 'string') return value;
    }
  }
  // The client keeps the text only.
  return /\b(E[A-Z_]{4,}|CERT_[A-Z_]+|UND_[A-Z_]+)\b/.exec(error.message)?.[0] ?? '';
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
