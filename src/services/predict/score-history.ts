import { statesBefore } from '../../domain/blend/network-model';
import type { CustomerEvent } from '../../domain/event';
import type { Model } from '../../domain/scoring/model';
import { confidence, history, type Money, predict } from '../../domain/scoring/prediction';
import type { Scorer } from '../../domain/scoring/scorer';
import type { SequenceState } from '../../domain/state/sequence-state';
import { ORDER_PROBABILITY_HORIZONS_DAYS, VALUE_HORIZONS_DAYS } from '../../domain/update';
import type { Cell, Column } from '../../ports/score-table';

const number = (name: string): Column => ({ name, type: 'number' });
const text = (name: string): Column => ({ name, type: 'text' });

/** The columns of a table of scores. docs/predict.md says what each means. */
export const SCORE_COLUMNS: readonly Column[] = [
  text('customer_id'),
  text('as_of'),
  ...VALUE_HORIZONS_DAYS.map((days) => number(`clv_${days}d`)),
  ...['p10', 'p50', 'p90'].map((quantile) => number(`clv_365d_${quantile}`)),
  ...VALUE_HORIZONS_DAYS.map((days) => number(`orders_${days}d`)),
  ...ORDER_PROBABILITY_HORIZONS_DAYS.map((days) => number(`order_probability_${days}d`)),
  number('churn_probability'),
  text('value_tier'),
  text('lifecycle_stage'),
  text('confidence'),
  { name: 'past_orders', type: 'whole' },
  number('past_value'),
  number('days_since_last_order'),
  text('currency'),
  text('model_version'),
];

export interface HistoryToScore {
  /** In event-time order. */
  readonly events: Iterable<CustomerEvent>;
  /** Only what happened before it is known, seconds. */
  readonly asOfS: number;
  readonly money: Money;
}

/** The states of all customers with an event before the instant, sorted by customer id. */
export function customersOf(model: Model, { events, asOfS }: HistoryToScore): [string, SequenceState][] {
  const states = statesBefore(events, asOfS, model.settings.window);
  return [...states].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Rows of {@link SCORE_COLUMNS}, scored as the scorer does after the last event and the silence since. */
export function scoreRow(
  scorer: Scorer,
  [customerId, state]: readonly [string, SequenceState],
  { asOfS, money }: Pick<HistoryToScore, 'asOfS' | 'money'>,
): Cell[] {
  const { summary } = state;
  const outputs = scorer.read(state, asOfS);
  const { clv, clv365Quantiles, orders, orderProbability, ...given } = predict(scorer, outputs, summary, asOfS, money);
  const past = history(summary, asOfS, money);
  const row: Cell[] = [
    customerId,
    new Date(asOfS * 1000).toISOString(),
    ...clv,
    ...clv365Quantiles,
    ...orders,
    ...orderProbability,
    given.churnProbability,
    given.valueTier,
    given.lifecycleStage,
    confidence(summary),
    past.orders,
    past.historicClv,
    past.daysSinceLastOrder,
    money.currency,
    scorer.model.version,
  ];
  return row.map((cell) => (typeof cell === 'number' && !Number.isFinite(cell) ? null : cell));
}
