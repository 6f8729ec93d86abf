import type { CustomerQueries } from '../../../ports/customer-queries';
import { modelToJson, statusToJson, tiersToJson } from '../answers/customer-json';
import { prequentialToJson } from '../answers/prequential-json';
import { SEGMENTS } from '../schemas/customer';
import { PREQUENTIAL } from '../schemas/prequential';
import { type Schema, shared } from '../schemas/schema';
import { MODELS } from '../schemas/status';
import { answers, NO_PARAMETERS, type RouteGroup } from './route';

/** Figures over all customers: segments, models, how good the scores were, and the state of the process. */
export function insightRoutes(queries: CustomerQueries): RouteGroup {
  return (app) => {
    const get = (path: string, summary: string, answer: Schema, read: () => object): void => {
      const schema = { tags: ['insights'], summary, querystring: NO_PARAMETERS, response: answers(answer, summary) };
      app.get(path, { schema }, read);
    };
    get('/v1/segments', 'Customers and value by tier and stage, with the cuts in force', SEGMENTS, () => ({
      currency: queries.status().currency,
      tiers: tiersToJson(queries.tiers()),
      segments: queries.segments(),
    }));
    get('/v1/models', 'The models, with who announced them and why', MODELS, () => ({
      models: queries.models().map(modelToJson),
    }));
    get('/v1/prequential', 'How good the stored scores turned out, by horizon and model', PREQUENTIAL, () =>
      prequentialToJson(queries.prequential(), queries.status().currency),
    );
    get('/v1/status', 'State of the process', shared('Status'), () => statusToJson(queries.status()));
  };
}
