import type { FastifySchema } from 'fastify';
import type { CustomerQueries, ExplainCustomer, RescoreCustomer } from '../../../ports/customer-queries';
import type { StateBlobError } from '../../../serde/state-blob';
import { customerToJson, explanationToJson, type Json, pointToJson } from '../answers/customer-json';
import { HttpError } from '../answers/errors';
import { fromState } from '../answers/from-state';
import { INSTANT_PARAMETER, readInstant } from '../answers/instant';
import { CUSTOMER_HISTORY } from '../schemas/customer';
import { type Schema, shared, text } from '../schemas/schema';
import { answers, parameters, type RouteGroup } from './route';

const TAGS = ['customers'];
const AS_OF = { asOf: INSTANT_PARAMETER };

export interface CustomerSources {
  readonly queries: CustomerQueries;
  /** Seconds since the epoch that count as "now": the wall clock, or event time in a demo that runs faster. */
  readonly nowS: () => number;
  readonly rescore?: RescoreCustomer;
  readonly explain?: ExplainCustomer;
  /** Takes a state that could not be read. Its customer is answered from the published updates. */
  readonly unreadable?: (customerId: string, error: StateBlobError) => void;
}

interface Asked {
  readonly id: string;
  readonly asOf?: string;
}

/** One customer. */
export function customerRoutes(sources: CustomerSources): RouteGroup {
  const { queries } = sources;
  return (app) => {
    const ofOne = (
      path: string,
      { summary, answer, query = {} }: { summary: string; answer: Schema; query?: Readonly<Record<string, Schema>> },
      handle: (asked: Asked) => Json | Promise<Json>,
    ): void => {
      const schema: FastifySchema = { tags: TAGS, summary, response: answers(answer, summary) };
      const id = { ...text('Id of the customer.'), minLength: 1 };
      const params = { type: 'object', properties: { id }, required: ['id'] };
      app.get<{ Params: { id: string }; Querystring: { asOf?: string } }>(
        `/v1/customers/:id${path}`,
        { schema: { ...schema, params, querystring: parameters(query) } },
        ({ params: { id: customerId }, query: { asOf } }) => handle(asked(customerId, asOf)),
      );
      // The same with the id in the query. Clients drop path segments that are "." or "..", even percent-encoded ones.
      app.get<{ Querystring: Asked }>(
        `/v1/customer${path}`,
        { schema: { ...schema, querystring: parameters({ id, ...query }, ['id']) } },
        ({ query: found }) => handle(found),
      );
    };
    ofOne('', { summary: 'The latest update of a customer', answer: shared('Customer'), query: AS_OF }, (customer) =>
      answerCustomer(sources, customer),
    );
    ofOne('/history', { summary: 'The value over time', answer: CUSTOMER_HISTORY }, ({ id }) =>
      answerHistory(queries, id),
    );
    ofOne(
      '/explanation',
      { summary: 'What raises and lowers the value', answer: shared('Explanation'), query: AS_OF },
      (customer) => answerExplanation(sources, customer),
    );
  };
}

function asked(id: string, asOf: string | undefined): Asked {
  return asOf === undefined ? { id } : { id, asOf };
}

async function answerCustomer(sources: CustomerSources, { id, asOf }: Asked): Promise<Json> {
  const { queries, nowS, rescore } = sources;
  const latest = knownCustomer(queries, id);
  const asOfS = readInstant('asOf', asOf) ?? nowS();
  const now = await fromState(sources, id, () => rescore?.(id, asOfS));
  return {
    ...customerToJson(latest),
    ...(now && now !== 'damaged' ? { attributes: now.attributes, now: customerToJson(now) } : {}),
  };
}

async function answerExplanation(sources: CustomerSources, { id, asOf }: Asked): Promise<Json> {
  const { queries, nowS, explain } = sources;
  const { currency } = knownCustomer(queries, id);
  const asOfS = readInstant('asOf', asOf) ?? nowS();
  const explanation = await fromState(sources, id, () => explain?.(id, asOfS));
  if (explanation === 'damaged') {
    const fix = `it is damaged. Fold it again: clv-stream state rebuild ${id}`;
    throw new HttpError('CLV_HTTP_NO_EXPLANATION', `${id}: ${fix}`);
  }
  if (!explanation) throw new HttpError('CLV_HTTP_NO_EXPLANATION', id);
  return { customerId: id, currency, ...explanationToJson(explanation, currency) };
}

function answerHistory(queries: CustomerQueries, id: string): Json {
  const { currency } = knownCustomer(queries, id);
  const { points, truncated } = queries.history(id);
  return { customerId: id, currency, truncated, points: points.map(pointToJson) };
}

function knownCustomer(queries: CustomerQueries, id: string): NonNullable<ReturnType<CustomerQueries['customer']>> {
  const latest = queries.customer(id);
  if (latest === null) throw new HttpError('CLV_HTTP_NO_SUCH_CUSTOMER', id);
  return latest;
}
