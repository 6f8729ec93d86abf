import { behind, coversUnpublished, greater, isZero } from '../../src/delivery/offset-vector';
import { seeded, testSeed } from '../support/seeded';

const seed = testSeed();

test('a vector from before a topic was appended counts as 0 there', () => {
  expect(greater([5], [3, 4])).toEqual([5, 4]);
  expect(greater([3, 4], [5])).toEqual([5, 4]);
  expect(behind([5], [5, 1])).toEqual([1]);
  expect(behind([5, 1], [5])).toEqual([]);
  expect(coversUnpublished([-1, 0], [7])).toBe(true);
});

test('a record is unpublished if any position it covers is not below E', () => {
  expect(coversUnpublished([4, -1], [5, 0])).toBe(false);
  expect(coversUnpublished([5, -1], [5, 0])).toBe(true);
  expect(coversUnpublished([4, 2], [5, 2])).toBe(true);
  expect(coversUnpublished([-1, -1], [0, 0])).toBe(false);
});

test('zero', () => {
  expect(isZero([0, 0])).toBe(true);
  expect(isZero([0, 1])).toBe(false);
});

test(`vectors of any lengths, held to a look at every position (CLV_TEST_SEED=${seed})`, () => {
  const random = seeded(seed);
  const vector = (lowest: number) => Array.from({ length: random.below(4) }, () => lowest + random.below(5));
  for (let round = 0; round < 3_000; round++) {
    const [a, b, covers] = [vector(0), vector(0), vector(-1)];
    // A vector as the set of the positions below it.
    const has = (of: readonly number[], topic: number, offset: number) => topic < of.length && offset < of[topic]!;
    const either: number[] = [];
    const missing = new Set<number>();
    for (let topic = 0; topic < Math.max(a.length, b.length); topic++) {
      let size = 0;
      for (let offset = 0; offset < 8; offset++) {
        if (has(a, topic, offset) || has(b, topic, offset)) size++;
        if (has(b, topic, offset) && !has(a, topic, offset)) missing.add(topic);
      }
      either.push(size);
    }
    let isUnpublished = false;
    for (let topic = 0; topic < covers.length; topic++) {
      for (let offset = 0; offset <= covers[topic]!; offset++) {
        if (offset === covers[topic] && !has(a, topic, offset)) isUnpublished = true;
      }
    }
    const isEmpty = ![0, 1, 2, 3].some((topic) => has(a, topic, 0));
    const found = [greater(a, b), behind(a, b), coversUnpublished(covers, a), isZero(a)];
    expect(JSON.stringify([a, b, covers, found])).toBe(
      JSON.stringify([a, b, covers, [either, [...missing], isUnpublished, isEmpty]]),
    );
  }
});
