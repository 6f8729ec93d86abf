import { EVENT_KINDS } from '../../../domain/event';
import { EVENT_PARTS, FEATURE_GROUPS } from '../../../domain/explanation/feature-groups';
import { instant, list, nullable, number, object, oneOf, text } from './schema';

const contribution = number('Major units.');

export const EXPLANATION = object(
  {
    customerId: text('The id of the shop.'),
    currency: text('ISO 4217.'),
    asOf: nullable(instant('The time that is explained.')),
    clv: number('baseline + features + events + residual.'),
    modelVersion: text('The weights.'),
    baseline: number('The value of a customer of whom nothing is known.'),
    features: object(Object.fromEntries(FEATURE_GROUPS.map((group) => [group, contribution]))),
    events: list(
      object({
        time: nullable(instant('Event time.')),
        kind: oneOf(EVENT_KINDS, 'Kind of the event.'),
        amount: number('Major units; 0 for events without an amount.'),
        items: number('Items of an order.'),
        dwellS: number('Seconds on the page.'),
        stars: number('Stars of a review; 0 without.'),
        contribution,
        parts: object(Object.fromEntries(EVENT_PARTS.map((part) => [part, contribution]))),
      }),
      'The kept events, oldest first.',
    ),
    residual: number('Error of the numerical integration.'),
  },
  { description: 'What raises and lowers the value.' },
);
