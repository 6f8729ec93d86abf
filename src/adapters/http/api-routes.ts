import { parseIsoTime } from '../../domain/iso-time';
import {
  CUSTOMER_ORDERS,
  type CustomerQueries,
  type ExplainCustomer,
  MAX_RANKED,
  type RescoreCustomer,
} from '../../ports/customer-queries';
import { StateBlobError } from '../../serde/state-blob';
import {
  customerToJson,
  explanationToJson,
  modelToJson,
  pointToJson,
  rankedToJson,
  statusToJson,
  tiersToJson,
} from './customer-json';
import { HttpError } from './errors';
import { prequentialToJson } from './prequential-json';
import type { Answer, Query, Route } from './router';

const DEFAULT_RANKED = 50;
/** ISO 8601 or seconds since the epoch. */
const EPOCH_SECONDS = /^\d{1,11}$/;

export interface ApiSources {
  readonly queries: CustomerQueries;
  /** Seconds since the epoch that count as "now": the wall clock, or event time in a demo that runs faster. */
  readonly nowS: () => number;
  readonly rescore?: RescoreCustomer;
  readonly explain?: ExplainCustomer;
  /** Takes a state that could not be read. Its customer is answered from the published updates. */
  readonly unreadable?: (customerId: string, error: StateBlobError) => void;
}

/** Everything under /v1 except the stream. Answers are valid for this instant only, so they must not be cached. */
export function apiRoutes(sources: ApiSources): Route[] {
  const { queries } = sources;
  return [
    guarded('/v1/customers', (query) => json({ customers: rankedOf(queries, query).map(rankedToJson) })),
    guarded('/v1/customers/:id', (query) => answerCustomer(sources, query)),
    guarded('/v1/customers/:id/history', (query) => answerHistory(queries, query)),
    guarded('/v1/customers/:id/explanation', (query) => answerExplanation(sources, query)),
    // The same with the id in the query. Clients drop path segments that are "." or "..", even percent-encoded ones.
    guarded('/v1/customer', (query) => answerCustomer(sources, query)),
    guarded('/v1/customer/history', (query) => answerHistory(queries, query)),
    guarded('/v1/customer/explanation', (query) => answerExplanation(sources, query)),
    guarded('/v1/segments', () => json(segmentsOf(queries))),
    guarded('/v1/models', () => json({ models: queries.models().map(modelToJson) })),
    guarded('/v1/prequential', () => json(prequentialToJson(queries.prequential(), queries.status().currency))),
    guarded('/v1/status', () => json(statusToJson(queries.status()))),
  ];
}

function segmentsOf(queries: CustomerQueries) {
  const { currency } = queries.status();
  return { currency, tiers: tiersToJson(queries.tiers()), segments: queries.segments() };
}

export function json(body: unknown, status = 200): Answer {
  return {
    status,
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(body),
    headers: { 'cache-control': 'no-store' },
  };
}

function guarded(pattern: string, answer: Route['answer']): Route {
  return { pattern, open: false, answer };
}

function rankedOf(queries: CustomerQueries, { search }: Query): ReturnType<CustomerQueries['ranked']> {
  const named = search.get('order') ?? 'value';
  const order = CUSTOMER_ORDERS.find((known) => known === named);
  if (order === undefined)
    throw new HttpError('CLV_HTTP_BAD_REQUEST', `order must be one of ${CUSTOMER_ORDERS.join(', ')}`);
  const limit = Number(search.get('limit') ?? DEFAULT_RANKED);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_RANKED) {
    throw new HttpError('CLV_HTTP_BAD_REQUEST', `limit must be a whole number from 1 to ${MAX_RANKED}`);
  }
  return queries.ranked(order, limit);
}

async function answerCustomer(sources: ApiSources, query: Query): Promise<Answer> {
  const { queries, nowS, rescore } = sources;
  const latest = knownCustomer(queries, query);
  const { customerId } = latest;
  const asOfS = requestedTime(query.search, nowS());
  const now = await fromState(sources, customerId, () => rescore?.(customerId, asOfS));
  return json({
    ...customerToJson(latest),
    ...(now && now !== 'damaged' ? { attributes: now.attributes, now: customerToJson(now) } : {}),
  });
}

async function answerExplanation(sources: ApiSources, query: Query): Promise<Answer> {
  const { queries, nowS, explain } = sources;
  const { customerId, currency } = knownCustomer(queries, query);
  const asOfS = requestedTime(query.search, nowS());
  const explanation = await fromState(sources, customerId, () => explain?.(customerId, asOfS));
  if (explanation === 'damaged') {
    const fix = `it is damaged. Fold it again: clv-stream state rebuild ${customerId}`;
    throw new HttpError('CLV_HTTP_NO_EXPLANATION', `${customerId}: ${fix}`);
  }
  if (!explanation) throw new HttpError('CLV_HTTP_NO_EXPLANATION', customerId);
  return json({ customerId, currency, ...explanationToJson(explanation, currency) });
}

async function fromState<T>(
  { unreadable }: ApiSources,
  customerId: string,
  read: () => Promise<T> | undefined,
): Promise<T | undefined | 'damaged'> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof StateBlobError)) throw error;
    unreadable?.(customerId, error);
    return 'damaged';
  }
}

function answerHistory(queries: CustomerQueries, query: Query): Answer {
  const { customerId, currency } = knownCustomer(queries, query);
  const { points, truncated } = queries.history(customerId);
  return json({ customerId, currency, truncated, points: points.map(pointToJson) });
}

function knownCustomer(
  queries: CustomerQueries,
  { path, search }: Query,
): NonNullable<ReturnType<CustomerQueries['customer']>> {
  const customerId = path.id ?? search.get('id') ?? '';
  if (customerId === '') throw new HttpError('CLV_HTTP_BAD_REQUEST', 'id is missing: add ?id= with the customer id');
  const latest = queries.customer(customerId);
  if (latest === null) throw new HttpError('CLV_HTTP_NO_SUCH_CUSTOMER', customerId);
  return latest;
}

function requestedTime(search: URLSearchParams, nowS: number): number {
  const requested = search.get('asOf');
  if (requested === null) return nowS;
  const seconds = EPOCH_SECONDS.test(requested) ? Number(requested) : isoSeconds(requested);
  if (seconds === undefined)
    throw new HttpError('CLV_HTTP_BAD_REQUEST', 'asOf must be ISO 8601 or seconds since the epoch');
  return seconds;
}

function isoSeconds(text: string): number | undefined {
  const time = parseIsoTime(text);
  return time && Math.floor(time.ms / 1000);
}
