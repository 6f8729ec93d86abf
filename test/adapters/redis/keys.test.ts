import { RedisKeys } from '../../../src/adapters/redis/keys';

test('all keys of a partition share its hash tag, whatever the customer is called', () => {
  const keys = new RedisKeys();
  expect([keys.meta(3), keys.outbox(3), keys.state(3, 'a{b}c'), keys.shard(3, 9)]).toEqual([
    'clv:{3}:meta',
    'clv:{3}:outbox',
    'clv:{3}:c:a{b}c',
    'clv:{3}:s:9',
  ]);
  expect(new RedisKeys('shop').meta(0)).toBe('shop:{0}:meta');
});

test('a prefix that would move the hash tag is refused', () => {
  expect(() => new RedisKeys('clv{1}')).toThrow(RangeError);
});
