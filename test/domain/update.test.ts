import { EVENT_KINDS, INPUT_ROLES, TOPIC_OF_KIND } from '../../src/domain/event';
import { ORDER_PROBABILITY_HORIZONS_DAYS, VALUE_HORIZONS_DAYS, VALUE_TIERS } from '../../src/domain/update';

test('horizons and tiers are those that the fields of an update are named by', () => {
  expect(VALUE_HORIZONS_DAYS).toEqual([30, 90, 365]);
  expect(ORDER_PROBABILITY_HORIZONS_DAYS).toEqual([7, 30, 90, 365]);
  expect(VALUE_TIERS).toEqual(['bronze', 'silver', 'gold', 'platinum']);
});

test('each kind of event travels in its topic', () => {
  const travels = EVENT_KINDS.map((kind) => [kind, INPUT_ROLES[TOPIC_OF_KIND[kind]]]);
  expect(Object.fromEntries(travels)).toEqual({
    order: 'orders',
    refund: 'orders',
    cancel: 'orders',
    click: 'clicks',
    browse: 'browses',
    review: 'reviews',
    profile: 'customers',
  });
});
