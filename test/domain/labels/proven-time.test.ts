import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { ProvenTime } from '../../../src/domain/labels/proven-time';
import { mulberry32 } from '../../../src/domain/math/random';
import { NEVER_S } from '../../../src/domain/state/summary';
import { testSeed } from '../../support/seeded';

type Event = readonly [customer: string, day: number];

function provenDay(events: readonly Event[]): number {
  const time = new ProvenTime();
  for (const [customer, day] of [...events].sort((a, b) => a[1] - b[1])) time.take(customer, day * SECONDS_PER_DAY);
  return time.untilS === NEVER_S ? Number.NaN : time.untilS / SECONDS_PER_DAY;
}

/** Forty customers, one of them a day. */
const usual = Array.from({ length: 400 }, (_, day): Event => [`c${day % 40}`, day]);

test('nothing is proven without events', () => {
  expect(provenDay([])).toBeNaN();
});

test('a month of silence is proven by one customer', () => {
  expect(provenDay([...usual, ['new', 429]])).toBe(429);
});

test('a longer silence is not, neither by one customer nor by two', () => {
  expect(provenDay([...usual, ['c1', 800]])).toBe(399);
  expect(provenDay([...usual, ['c1', 800], ['c1', 801], ['new', 802]])).toBe(399);
});

test('customers who are separated by another long silence prove nothing together', () => {
  expect(provenDay([...usual, ['c30', 800], ['c31', 1_000], ['c32', 1_200], ['c33', 1_400]])).toBe(399);
  const four = ['c31', 'c32', 'c33', 'c34'].map((customer, i): Event => [customer, 1_000 + i]);
  expect(provenDay([...usual, ['c30', 800], ...four.slice(1)])).toBe(399);
  expect(provenDay([...usual, ['c30', 800], ...four])).toBe(1_003);
});

test('customers whom nobody has seen before prove it only if they are as many as before', () => {
  const strangers = (count: number) => Array.from({ length: count }, (_, i): Event => [`n${i}`, 1_000 + i / 10]);
  expect(provenDay([...usual, ...strangers(20)])).toBe(399);
  expect(provenDay([...usual, ...strangers(40)])).toBeGreaterThan(1_000);
});

test('a tenth of the usual customers is needed: five orders of today beside a busy shop of the past prove nothing', () => {
  const busy = Array.from({ length: 4_000 }, (_, i): Event => [`c${i % 400}`, i / 40]);
  const today = Array.from({ length: 5 }, (_, i): Event => [`c${i}`, 900 + i]);
  expect(provenDay([...busy, ...today])).toBe(busy.at(-1)![1]);
  const many = Array.from({ length: 40 }, (_, i): Event => [`c${i}`, 900 + i / 10]);
  expect(provenDay([...busy, ...many])).toBeGreaterThan(900);
});

test('a shop with long silences may have one twice as long', () => {
  const yearly = [0, 365, 730].map((day): Event => ['only', day]);
  expect(provenDay(yearly)).toBe(730);
  expect(provenDay([...yearly, ['only', 730 + 720]])).toBe(1_450);
});

test('an older event takes no time back', () => {
  const time = new ProvenTime();
  for (const day of [10, 5, 12, 1]) time.take('only', day * SECONDS_PER_DAY);
  expect(time.untilS).toBe(12 * SECONDS_PER_DAY);
});

test('one customer alone proves what he does', () => {
  expect(
    provenDay([
      ['only', 0],
      ['only', 1],
      ['only', 500],
    ]),
  ).toBe(500);
});

const seed = testSeed();
test(`law: a few stray rows never move the end of a shop that is never silent for a month (seed ${seed})`, () => {
  const random = mulberry32(seed);
  for (let round = 0; round < 200; round++) {
    const customers = 3 + Math.floor(random() * 200);
    const events: Event[] = [];
    for (let day = 0; day < 200; day += random() * 10) events.push([`c${Math.floor(random() * customers)}`, day]);
    const expected = provenDay(events);
    expect(expected).toBe(events.at(-1)![1]);
    const stray = Array.from(
      { length: 1 + Math.floor(random() * 3) },
      (): Event => [random() < 0.5 ? 'a' : 'b', expected + 61 + random() * 5_000],
    );
    expect(provenDay([...events, ...stray])).toBe(expected);
  }
});
