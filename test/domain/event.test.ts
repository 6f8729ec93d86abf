import {
  EVENT_KINDS,
  EVENT_TOPICS,
  INPUT_ROLES,
  isMoneyKind,
  KEYED_TOPICS,
  TOPIC_OF_KIND,
} from '../../src/domain/event';

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

test('every topic but the ticks is keyed by customer, and the table of customers holds no events', () => {
  const names = (topics: readonly number[]) => topics.map((topic) => INPUT_ROLES[topic]);
  expect(names(KEYED_TOPICS)).toEqual(['orders', 'clicks', 'browses', 'reviews', 'customers']);
  expect(names(EVENT_TOPICS)).toEqual(['orders', 'clicks', 'browses', 'reviews']);
});

test('orders, refunds and cancellations are about money', () => {
  expect(EVENT_KINDS.filter(isMoneyKind)).toEqual(['order', 'refund', 'cancel']);
});
