import type { FastifyInstance } from 'fastify';
import { NO_PARAMETERS, OPEN, PROBLEM, type RouteGroup } from './routes/route';
import { CUSTOMER } from './schemas/customer';
import { EXPLANATION } from './schemas/explanation';
import type { Schema, SharedSchema } from './schemas/schema';
import { MODEL, STATUS } from './schemas/status';

/** Raise it with each change that callers can see. */
const API_VERSION = '1.0.0';

const SHARED: Readonly<Record<SharedSchema, Schema>> = {
  Customer: CUSTOMER,
  Explanation: EXPLANATION,
  Model: MODEL,
  Status: STATUS,
  Problem: PROBLEM,
};

/** Collects the schemas of all routes that are added afterwards into one OpenAPI document. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  for (const [name, schema] of Object.entries(SHARED)) app.addSchema({ $id: name, ...schema });
  await app.register(import('@fastify/swagger'), {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'clv-stream',
        description: 'Customer lifetime value, rescored on every event. Money in major units, times in ISO 8601.',
        version: API_VERSION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    refResolver: { buildLocalReference: ({ $id }, _uri, _fragment, i) => String($id ?? `schema-${i}`) },
    // Without tokens, callers on the same machine need none.
    transform: ({ schema, url, route: { config } }) => ({
      schema: { ...schema, security: config?.open === true ? [] : [{ token: [config?.role ?? 'read'] }, {}] },
      url,
    }),
  });
}

/** The document itself. It is made once, at the first request. */
export function openapiRoutes(): RouteGroup {
  return (app) => {
    const schema = {
      tags: ['health'],
      summary: 'This document',
      querystring: NO_PARAMETERS,
      response: {
        200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } },
      },
    };
    app.get('/openapi.json', { config: OPEN, schema }, () => app.swagger());
  };
}
