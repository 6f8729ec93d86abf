import { ALIVE, READINESS } from '../schemas/status';
import { answers, NO_PARAMETERS, OPEN, type RouteGroup, textAnswer } from './route';

export interface Readiness {
  readonly ready: boolean;
  /** Reasons for not being ready, one line each. */
  readonly reasons: readonly string[];
}

export interface HealthSources {
  readonly readiness: () => Readiness;
  /** The text of /metrics. */
  readonly scrape: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

const TAGS = ['health'];

/** Liveness: the process answers. Readiness: it can do its work. An unavailable dependency never ends the process. */
export function healthRoutes({ readiness, scrape }: HealthSources): RouteGroup {
  return (app) => {
    const alive = { tags: TAGS, summary: 'The process answers', querystring: NO_PARAMETERS };
    app.get('/healthz', { config: OPEN, schema: { ...alive, response: answers(ALIVE, 'Alive.') } }, () => ({
      status: 'alive',
    }));

    const ready = {
      tags: TAGS,
      summary: 'The process can do its work',
      querystring: NO_PARAMETERS,
      response: { ...answers(READINESS, 'Ready.'), ...answers(READINESS, 'Not ready, with the reasons.', 503) },
    };
    app.get('/readyz', { config: OPEN, schema: ready }, (_request, reply) => {
      const { ready: isReady, reasons } = readiness();
      return reply.status(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', reasons });
    });

    const metrics = {
      tags: TAGS,
      summary: 'Metrics for Prometheus',
      querystring: NO_PARAMETERS,
      response: textAnswer('text/plain', 'The text format of Prometheus.'),
    };
    app.get('/metrics', { schema: metrics }, async (_request, reply) => {
      const { contentType, body } = await scrape();
      return reply.type(contentType).send(body);
    });
  };
}
