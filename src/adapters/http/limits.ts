import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HttpError } from './answers/errors';

/** No route takes more. */
export const MAX_BODY_BYTES = 64 * 1024;
const MINUTE_MS = 60_000;

export type Limit = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/**
 * Bounds what an address may send. `perMinute`: requests a minute, 0 for any number. Throws CLV_HTTP_TOO_LARGE before a body is read, and
 * CLV_HTTP_TOO_MANY. Wrong tokens count, too, so they can't be tried one after the other.
 */
export async function createLimit(app: FastifyInstance, perMinute: number): Promise<Limit> {
  await app.register(import('@fastify/rate-limit'), { global: false, max: perMinute, timeWindow: MINUTE_MS });
  const count = app.createRateLimit();
  return async (request, reply) => {
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
      reply.header('connection', 'close');
      throw new HttpError('CLV_HTTP_TOO_LARGE', `at most ${MAX_BODY_BYTES} bytes`);
    }
    if (perMinute === 0 || request.routeOptions.config.open === true) return;
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    reply.header('retry-after', counted.ttlInSeconds);
    throw new HttpError('CLV_HTTP_TOO_MANY', `${perMinute} a minute are allowed`);
  };
}
