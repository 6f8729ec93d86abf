import type { FastifyInstance } from 'fastify';
import type { Role } from '../access/tokens';
import { HTTP_ERRORS } from '../answers/errors';
import { PROBLEM_TYPE } from '../answers/problem';
import { list, object, oneOf, type Schema, shared, text, whole } from '../schemas/schema';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Open routes need no token: health for probes, and the page without data. */
    open?: boolean;
    /** What a token must have. Default: read. */
    role?: Role;
  }
}

/** Adds a group of routes to the server. */
export type RouteGroup = (app: FastifyInstance) => void;

export const OPEN = { open: true } as const;

const FAULT = { content: { [PROBLEM_TYPE]: { schema: shared('Problem') } }, description: 'Why there is no answer.' };

/** The `response` of a route's schema: the answer as JSON, and errors. */
export function answers(schema: Schema, description: string, status = 200): Record<string, Schema> {
  return { [status]: { description, content: { 'application/json': { schema } } }, '4xx': FAULT, '5xx': FAULT };
}

/** The schema of a route's answer that is text of another media type. */
export function textAnswer(mediaType: string, description: string): Record<string, Schema> {
  return { 200: { description, content: { [mediaType]: { schema: { type: 'string' } } } }, '4xx': FAULT, '5xx': FAULT };
}

/** The `querystring` of a route's schema. Unknown parameters are refused. */
export function parameters(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: 'object', properties, required, additionalProperties: false };
}

export const NO_PARAMETERS = parameters({});

/** RFC 9457. */
export const PROBLEM = object(
  {
    type: text('Names the kind of error.'),
    title: text('The kind of error in words.'),
    status: whole('The status of the answer.'),
    detail: text('Names the subject.'),
    code: oneOf(Object.keys(HTTP_ERRORS), 'Stable. docs/errors.md says what to do.'),
    paths: list(text('A path.'), 'What exists where there is no such path.'),
    parameters: list(text('A name.'), 'The parameters of the path, if one was not understood.'),
  },
  { optional: ['paths', 'parameters'] },
);
