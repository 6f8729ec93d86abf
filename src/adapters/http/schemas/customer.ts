import { ATTRIBUTES } from '../../../domain/attributes';
import { INPUT_ROLES } from '../../../domain/event';
import {
  LIFECYCLE_STAGES,
  ORDER_PROBABILITY_HORIZONS_DAYS,
  VALUE_HORIZONS_DAYS,
  VALUE_TIERS,
} from '../../../domain/update';
import { flag, instant, list, nullable, number, object, oneOf, probability, text, whole } from './schema';

/** Money is in major units of the currency, times are ISO 8601. */

const IDENTITY = {
  customerId: text('The id of the shop.'),
  asOf: nullable(instant('Event time of the score.')),
};
const SCORE = {
  clv: number('Value of the next 365 days.'),
  valueTier: oneOf(VALUE_TIERS, 'By cuts of the 365-day value.'),
  lifecycleStage: oneOf(LIFECYCLE_STAGES, 'Where the customer stands.'),
  churnProbability: probability('Chance of no order within 90 days.'),
  confidence: oneOf(['cold', 'thin', 'ok'], 'How much is known about the customer.'),
};

const HISTORY = object({
  historicClv: number('All orders less refunds and cancellations. May be negative.'),
  orders: whole('Orders so far.'),
  averageOrderValue: nullable(number('null without an order.')),
  averageDaysBetweenOrders: nullable(number('null below two orders.')),
  daysSinceLastOrder: nullable(number('As of the score; null without an order.')),
});

const AT_HORIZON = object({
  orders: number('Expected orders.'),
  revenue: number('Expected revenue.'),
  clv: number('Expected value.'),
});

const EFFECTS = {
  previous: number('The value before.'),
  model: number('Effect of a new model.'),
  silence: number('Effect of the time without an event.'),
  event: number('Effect of the event.'),
};

const update = {
  ...IDENTITY,
  modelVersion: text('The weights that scored.'),
  trigger: oneOf(['event', 'clock'], 'What made the score.'),
  currency: text('ISO 4217.'),
  ...SCORE,
  previousTier: nullable(oneOf(VALUE_TIERS, 'The tier before this update.')),
  tierCuts: text("Version of the cuts that decided the tier. Empty: the model's own."),
  history: HISTORY,
  predicted: object(Object.fromEntries(VALUE_HORIZONS_DAYS.map((days) => [`${days}d`, AT_HORIZON]))),
  orderProbability: object(
    Object.fromEntries(
      ORDER_PROBABILITY_HORIZONS_DAYS.map((days) => [`${days}d`, probability(`At least one order in ${days} days.`)]),
    ),
  ),
  nextOrder: object({
    expected: nullable(instant('Median; null if the chance never reaches one half.')),
    quartiles: list({ type: ['string', 'null'], format: 'date-time' }, 'Quartiles of the time of the next order.'),
  }),
  clv365Quantiles: object({ p10: number('10 %'), p50: number('50 %'), p90: number('90 %') }),
  change: object(EFFECTS, { description: 'previous + model + silence + event = clv' }),
  refolded: flag('True if the state was rolled back and folded again.'),
  source: object({
    topic: oneOf(INPUT_ROLES, 'Kind of the record that caused it.'),
    partition: whole('Its partition.'),
    offset: whole('Its offset; -1 if there is no record.'),
  }),
  sequence: whole("Number of the customer's folded records."),
};

export const CUSTOMER = object(
  {
    ...update,
    attributes: nullable(
      object(Object.fromEntries(ATTRIBUTES.map((name) => [name, nullable(text('null if unknown.'))])), {
        description: 'What the shop stores about the customer. Absent while the state cannot be read.',
      }),
    ),
    now: object(update, {
      description: 'The same after the silence since. Absent while the state cannot be read.',
    }),
  },
  { optional: ['attributes', 'now'], description: 'The latest update of a customer.' },
);

export const RANKED = object({
  customers: list(
    object({
      ...IDENTITY,
      ...SCORE,
      fall: number('The value less the highest one in the kept history: zero or negative.'),
      trend: list(number('Value.'), 'The last values, oldest first.'),
      orders: whole('Orders so far.'),
      lastOrder: nullable(instant('Time of the latest order; null without one.')),
      currency: text('ISO 4217.'),
    }),
  ),
  next: nullable(text('The cursor of the page after; null after the last, and in a ranking.')),
});

export const CUSTOMER_HISTORY = object({
  customerId: IDENTITY.customerId,
  currency: text('ISO 4217.'),
  truncated: flag('True if older points were dropped.'),
  points: list(
    object({
      asOf: IDENTITY.asOf,
      value: SCORE.clv,
      ...EFFECTS,
      trigger: update.trigger,
      source: oneOf(INPUT_ROLES, 'Kind of the record that caused it.'),
      orders: whole('Orders so far.'),
      modelVersion: update.modelVersion,
    }),
    'Oldest first.',
  ),
});

export const SEGMENTS = object({
  currency: nullable(text('null before the first update.')),
  tiers: nullable(
    object(
      {
        version: text('Version of the cuts.'),
        above: object({ silver: number('Cut.'), gold: number('Cut.'), platinum: number('Cut.') }),
        margin: number('Share of a cut by which a value must pass it.'),
        customers: whole('Customers whose scores gave the cuts.'),
        releasedAt: nullable(instant('When they were released.')),
      },
      { description: "Cuts in force; null while they are the model's own." },
    ),
  ),
  segments: list(
    object({
      tier: SCORE.valueTier,
      stage: SCORE.lifecycleStage,
      customers: whole('Customers.'),
      value: number('Sum of their values.'),
    }),
    'Every tier with every stage.',
  ),
});
