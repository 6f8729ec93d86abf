import type { FastifyReply, FastifyRequest } from 'fastify';
import { CUSTOMER_ORDERS, type CustomerOrder, type CustomerQueries } from '../../../ports/customer-queries';
import { toCsv, toJsonLines } from '../answers/customer-export';
import { rankedToJson } from '../answers/customer-json';
import { HttpError } from '../answers/errors';
import { RANKED } from '../schemas/customer';
import { oneOf } from '../schemas/schema';
import { writePlace } from './cursor';
import { DEFAULT_LISTED, LIST_PARAMETERS, type ListParameters, readListQuery } from './customer-list-query';
import { answers, parameters, type RouteGroup } from './route';

const JSON_TYPE = 'application/json';
const EXPORTS = { 'text/csv': toCsv, 'application/x-ndjson': toJsonLines, 'application/jsonl': toJsonLines } as const;
const EXPORT_TYPES = Object.keys(EXPORTS) as (keyof typeof EXPORTS)[];

type Asked = ListParameters & { readonly order?: CustomerOrder };

/** Lists of customers: pages as JSON, and exports as CSV or JSON Lines. */
export function customerListRoutes(queries: CustomerQueries): RouteGroup {
  return (app) => {
    app.get<{ Querystring: Asked }>('/v1/customers', { schema: SCHEMA }, async (request, reply) => {
      const { order, ...asked } = request.query;
      if (order !== undefined) return ranking(queries, order, asked);
      const type = mediaTypeOf(request);
      const query = readListQuery(asked);
      if (type !== JSON_TYPE) return exported(reply, type, EXPORTS[type](await queries.select(query)));
      const { customers, next } = await queries.page({ ...query, limit: query.limit ?? DEFAULT_LISTED });
      return { customers: customers.map(rankedToJson), next: next && writePlace(next, asked.sort) };
    });
  };
}

function ranking(queries: CustomerQueries, order: CustomerOrder, { sort, limit, ...filter }: ListParameters): object {
  if (Object.keys(filter).length > 0 || sort !== LIST_PARAMETERS.sort!.default) {
    throw new HttpError('CLV_HTTP_BAD_REQUEST', 'order goes with limit alone: leave it out to filter and sort');
  }
  return { customers: queries.ranked(order, limit ?? DEFAULT_LISTED).map(rankedToJson), next: null };
}

function mediaTypeOf(request: FastifyRequest): typeof JSON_TYPE | keyof typeof EXPORTS {
  const offered = [JSON_TYPE, ...EXPORT_TYPES] as const;
  const chosen = request.type([...offered]);
  const type = offered.find((known) => known === chosen);
  if (type === undefined) throw new HttpError('CLV_HTTP_NOT_ACCEPTABLE', `this path answers ${offered.join(', ')}`);
  return type;
}

function exported(reply: FastifyReply, type: keyof typeof EXPORTS, rows: NodeJS.ReadableStream): FastifyReply {
  const ending = type === 'text/csv' ? 'csv' : 'jsonl';
  return reply
    .type(`${type}; charset=utf-8`)
    .header('content-disposition', `attachment; filename="customers.${ending}"`)
    .header('vary', 'accept')
    .send(rows);
}

const page = answers(RANKED, 'A page of customers. CSV and JSON Lines have all that fit, without pages.');
const { content, ...described } = page[200] as { content: object };
const text = (description: string) => ({ schema: { type: 'string', description } });

const SCHEMA = {
  tags: ['customers'],
  summary: 'Customers by filter, in an order; as CSV or JSON Lines by the header Accept',
  querystring: parameters({
    order: oneOf(CUSTOMER_ORDERS, 'A ranking over all, with limit alone: most valuable, or largest loss of value.'),
    ...LIST_PARAMETERS,
  }),
  response: {
    ...page,
    200: {
      ...described,
      content: {
        ...content,
        'text/csv': text('A header, and one row per customer.'),
        'application/x-ndjson': text('One customer per line.'),
        'application/jsonl': text('The same.'),
      },
    },
  },
};
