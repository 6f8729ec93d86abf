import type { SummaryStream } from '../answers/event-stream';
import { NO_PARAMETERS, type RouteGroup, textAnswer } from './route';

/** The stream of summaries. It takes over the response. */
export function streamRoutes(stream: SummaryStream): RouteGroup {
  return (app) => {
    const schema = {
      tags: ['insights'],
      summary: 'A summary each second, as server-sent events: the status and the models',
      querystring: NO_PARAMETERS,
      response: textAnswer('text/event-stream', 'Events named summary, each with JSON. It does not end.'),
    };
    app.get('/v1/stream', { schema }, (request, reply) => {
      if (request.method === 'HEAD') return reply.type('text/event-stream; charset=utf-8').send('');
      stream.add(reply.raw);
      return reply.hijack();
    });
  };
}
