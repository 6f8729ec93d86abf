import { EVENT_TOPICS, INPUT_ROLES } from '../../src/domain/event';
import { drawNormal, type Random } from '../../src/domain/math/random';
import { type ClvUpdate, LIFECYCLE_STAGES, VALUE_TIERS } from '../../src/domain/update';

/** An update with any values, also such as contradict each other. */
export function randomUpdate(random: Random): ClvUpdate {
  const whole = (below: number) => Math.floor(random() * below);
  const one = <T>(values: readonly T[]) => values[whole(values.length)] as T;
  const money = () => drawNormal(random) * 1_000;
  const maybe = (value: number) => (random() < 0.3 ? null : value);
  const tierCuts = one(['', 'm-1', 't-0123456789ab']);
  return {
    customerId: `customer-${whole(1e6)}-é`,
    asOfS: 1_600_000_000 + whole(1e8),
    source: { topic: whole(INPUT_ROLES.length), partition: whole(100), offset: whole(2 ** 50) },
    folded: INPUT_ROLES.map((_, topic) =>
      EVENT_TOPICS.includes(topic) ? { count: whole(1e6), hash: whole(2 ** 32) } : { count: 0, hash: 0 },
    ),
    sequence: whole(1e9),
    modelVersion: `sha-${whole(1e6)}`,
    trigger: one(['event', 'clock'] as const),
    currency: 'EUR',
    history: {
      historicClv: money(),
      orders: whole(1e5),
      averageOrderValue: maybe(money()),
      averageDaysBetweenOrders: maybe(random() * 100),
      daysSinceLastOrder: maybe(random() * 100),
    },
    prediction: {
      orders: [random(), random(), random()],
      revenue: [money(), money(), money()],
      clv: [money(), money(), money()],
      orderProbability: [random(), random(), random(), random()],
      churnProbability: random(),
      nextOrderDays: [maybe(random() * 10), maybe(random() * 100), maybe(random() * 1000)],
      clv365Quantiles: [money(), money(), money()],
      valueTier: one(VALUE_TIERS),
      lifecycleStage: one(LIFECYCLE_STAGES),
    },
    value: money(),
    change: { previous: money(), model: money(), silence: money(), event: money() },
    refolded: random() < 0.5,
    confidence: one(['cold', 'thin', 'ok'] as const),
    tierCuts,
    previousTier: tierCuts === '' ? null : one([null, ...VALUE_TIERS]),
  };
}
