import { INPUT_ROLES, SECONDS_PER_DAY, type SourcePosition } from '../../src/domain/event';
import type { ClvUpdate, LifecycleStage, ValueTier } from '../../src/domain/update';

/** Plausible updates of a shop without a model: values jump on orders, rise slowly on clicks and fade in silence. For views and pages. */

export const FIRST_DAY_S = Date.UTC(2026, 0, 5) / 1000;

/** mulberry32: small, seeded, good enough for pictures. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A plain update whose fields can all be overridden. */
export function fakeUpdate(overrides: Partial<ClvUpdate> = {}): ClvUpdate {
  const value = overrides.value ?? 120;
  return {
    customerId: 'c-1',
    asOfS: FIRST_DAY_S,
    source: { topic: 0, partition: 0, offset: 0 },
    folded: [
      { count: 1, hash: 17 },
      { count: 0, hash: 0 },
      { count: 0, hash: 0 },
    ],
    sequence: 1,
    modelVersion: 'm-1',
    trigger: 'event',
    currency: 'EUR',
    history: historyOf(2, 96, 12),
    prediction: predictionOf(value, 0.25),
    value,
    change: { previous: 100, model: 0, silence: -5, event: value - 95 },
    refolded: false,
    confidence: 'ok',
    tierCuts: '',
    previousTier: null,
    ...overrides,
  };
}

interface Shopper {
  readonly id: string;
  readonly orderGapDays: number;
  readonly basket: number;
  value: number;
  orders: number;
  spent: number;
  lastS: number;
  lastOrderS: number | null;
  quitAtS: number;
  version: string;
}

/** An endless, seeded run of a shop: each call of `next` returns one update, with rising event time. */
export class FakeShop {
  private readonly random: () => number;
  private readonly shoppers: Shopper[];
  private readonly offsets = INPUT_ROLES.map(() => 0);
  private nowS = FIRST_DAY_S;
  modelVersion = '7f3ad1c09b52';
  /** Factor of a model swap: applied to each customer's value at its next update. */
  modelFactor = 1;

  constructor(
    customers: number,
    seed: number,
    private readonly secondsPerUpdate = 1_100,
  ) {
    this.random = seededRandom(seed);
    this.shoppers = Array.from({ length: customers }, (_, i) => this.newShopper(i));
  }

  next(): ClvUpdate {
    this.nowS += Math.round(this.secondsPerUpdate * (0.5 + this.random()));
    const shopper = this.shoppers[Math.floor(this.random() ** 1.6 * this.shoppers.length)]!;
    const quiet = this.nowS > shopper.quitAtS;
    const draw = this.random();
    if (quiet || draw < 0.12) return this.step(shopper, 3);
    return this.step(shopper, draw < 0.3 ? 0 : draw < 0.62 ? 1 : 2);
  }

  private newShopper(index: number): Shopper {
    const loyal = this.random();
    return {
      id: `C-${String(10_400 + index * 7)}`,
      orderGapDays: 9 + 60 * this.random(),
      basket: 24 + 140 * loyal ** 3,
      value: 60 + 300 * loyal,
      orders: 0,
      spent: 0,
      lastS: FIRST_DAY_S,
      lastOrderS: null,
      quitAtS: FIRST_DAY_S + SECONDS_PER_DAY * (25 + 500 * this.random()),
      version: this.modelVersion,
    };
  }

  private step(shopper: Shopper, topic: number): ClvUpdate {
    const previous = shopper.value;
    const model = shopper.version === this.modelVersion ? 0 : previous * (this.modelFactor - 1) * (0.5 + this.random());
    shopper.version = this.modelVersion;
    const quietDays = (this.nowS - shopper.lastS) / SECONDS_PER_DAY;
    const silence = -(previous + model) * (1 - Math.exp(-quietDays / (2.6 * shopper.orderGapDays)));
    const event = this.eventEffect(shopper, topic);
    shopper.value = previous + model + silence + event;
    shopper.lastS = this.nowS;
    return this.toUpdate(shopper, topic, { previous, model, silence, event });
  }

  private eventEffect(shopper: Shopper, topic: number): number {
    if (topic === 3) return 0;
    if (topic !== 0) return shopper.value * 0.03 * this.random();
    const refund = shopper.orders > 1 && this.random() < 0.06;
    const amount = shopper.basket * (0.6 + 0.8 * this.random()) * (refund ? -1 : 1);
    shopper.spent += amount;
    if (refund) return amount * 0.7;
    shopper.orders += 1;
    shopper.lastOrderS = this.nowS;
    return amount * (0.5 + 0.9 * this.random()) * Math.min(1.2, 60 / shopper.orderGapDays);
  }

  private toUpdate(shopper: Shopper, topic: number, change: ClvUpdate['change']): ClvUpdate {
    const offset = this.offsets[topic] ?? 0;
    this.offsets[topic] = offset + 1;
    const source: SourcePosition = { topic, partition: 0, offset };
    const sinceOrderDays = shopper.lastOrderS === null ? null : (this.nowS - shopper.lastOrderS) / SECONDS_PER_DAY;
    const churn = Math.min(
      0.97,
      0.06 + (sinceOrderDays ?? 20) / (sinceOrderDays === null ? 40 : 3.2 * shopper.orderGapDays),
    );
    const history = historyOf(shopper.orders, shopper.spent, sinceOrderDays);
    return fakeUpdate({
      customerId: shopper.id,
      asOfS: this.nowS,
      source,
      sequence: offset,
      modelVersion: this.modelVersion,
      trigger: topic === 3 ? 'clock' : 'event',
      history,
      prediction: predictionOf(shopper.value, churn, history.orders),
      value: shopper.value,
      change,
      confidence: shopper.orders === 0 ? 'cold' : shopper.orders < 3 ? 'thin' : 'ok',
    });
  }
}

function historyOf(orders: number, spent: number, daysSinceLastOrder: number | null): ClvUpdate['history'] {
  return {
    historicClv: spent,
    orders,
    averageOrderValue: orders === 0 ? null : spent / orders,
    averageDaysBetweenOrders: orders < 2 ? null : 21.4,
    daysSinceLastOrder: orders === 0 ? null : daysSinceLastOrder,
  };
}

function predictionOf(value: number, churn: number, orders = 2): ClvUpdate['prediction'] {
  return {
    orders: [value * 0.002, value * 0.005, value * 0.018],
    revenue: [value * 0.13, value * 0.34, value],
    clv: [value * 0.13, value * 0.34, value],
    orderProbability: [(1 - churn) * 0.2, (1 - churn) * 0.6, 1 - churn, 1 - churn * 0.7],
    churnProbability: churn,
    nextOrderDays:
      churn > 0.9 ? [40, null, null] : [6 + 20 * churn, 15 + 60 * churn, churn > 0.8 ? null : 44 + 160 * churn],
    clv365Quantiles: [value * 0.22, value * 0.86, value * 1.9],
    valueTier: tierOf(value),
    lifecycleStage: stageOf(churn, orders),
  };
}

function tierOf(value: number): ValueTier {
  if (value > 420) return 'platinum';
  if (value > 220) return 'gold';
  return value > 90 ? 'silver' : 'bronze';
}

function stageOf(churn: number, orders: number): LifecycleStage {
  if (orders === 0) return 'prospect';
  if (churn > 0.85) return 'lapsed';
  if (churn > 0.6) return 'at-risk';
  return orders === 1 ? 'new' : 'active';
}
