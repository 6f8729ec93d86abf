import { jsonPrefix } from '../../src/serde/json-prefix';
import { seeded, testSeed } from '../support/seeded';

const seed = testSeed();

/** A random JSON value, at times deeper than what is shown of it. */
function drawValue(random: ReturnType<typeof seeded>, depth: number): unknown {
  if (depth === 0 || random.next() < 0.1) return random.pick([null, true, -0.5, 1e300, 'x', '"\n🛒', '\ud800', [], {}]);
  if (random.next() < 0.5) return Array.from({ length: 1 + random.below(2) }, () => drawValue(random, depth - 1));
  return JSON.parse(
    `{"${random.pick(['a', '__proto__', 'toJSON', '1'])}":${JSON.stringify(drawValue(random, depth - 1))}}`,
  );
}

test(`law: the same as the beginning of JSON.stringify (CLV_TEST_SEED=${seed})`, () => {
  const random = seeded(seed);
  for (let i = 0; i < 300; i++) {
    const value = drawValue(random, random.pick([0, 2, 8, 12]));
    const length = 1 + random.below(12);
    expect(jsonPrefix(value, length)).toBe(JSON.stringify(value).slice(0, length));
  }
});

test('a value deeper than the stack', () => {
  expect(jsonPrefix(JSON.parse('['.repeat(200_000) + ']'.repeat(200_000)), 60)).toBe('['.repeat(60));
  expect(jsonPrefix(JSON.parse(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`), 7)).toBe('{"a":{"');
});
