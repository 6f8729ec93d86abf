import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { emptyTally, type Origin } from '../../../src/domain/labels/origins';
import { drawTrainingOrigins, Reservoir } from '../../../src/domain/labels/reservoir';
import { mulberry32 } from '../../../src/domain/math/random';
import { ORDER_SEGMENTS } from '../../../src/domain/state/order-segments';

const originOf = (i: number, segment: number, day = 0): Origin => ({
  customerId: `c${i}`,
  atS: 1_700_000_000 + day * SECONDS_PER_DAY,
  snapshot: new Uint8Array(),
  segment,
  score: null,
  tally: emptyTally(),
});

test('the reservoir keeps its size per segment, whatever order they come in', () => {
  const offered = Array.from({ length: 400 }, (_, i) => originOf(i, i % 50 === 0 ? 3 : i % 3));
  const forth = new Reservoir(80, 70);
  const back = new Reservoir(80, 70);
  let removed = 0;
  for (const origin of offered) if (forth.offer(origin) !== null) removed++;
  for (const origin of [...offered].reverse()) back.offer(origin);
  expect(new Set(forth.origins())).toEqual(new Set(back.origins()));
  expect(forth.size).toBe(400 - removed);
  const kept = ORDER_SEGMENTS.map((_, s) => [...forth.origins()].filter(({ segment }) => segment === s).length);
  expect(kept).toEqual([20, 20, 20, 8]);
});

test('newer origins stay more often, e-fold in the given time', () => {
  const reservoir = new Reservoir(4 * 500, 70);
  for (let i = 0; i < 6000; i++) reservoir.offer(originOf(i, 0, i % 2 === 0 ? 0 : 70));
  const kept = [...reservoir.origins()];
  const newer = kept.filter(({ atS }) => atS > 1_700_000_000).length;
  expect(newer / (kept.length - newer)).toBeGreaterThan(2);
  expect(newer / (kept.length - newer)).toBeLessThan(3.5);
});

test('training origins: half fresh, half of the rest evenly over the segments; one half fills the other', () => {
  const fresh = Array.from({ length: 300 }, (_, i) => originOf(i, 0));
  const rest = Array.from({ length: 400 }, (_, i) => originOf(1000 + i, i < 340 ? 0 : 1 + (i % 3)));
  const drawn = drawTrainingOrigins(fresh, rest, 80, mulberry32(1));
  expect(new Set(drawn).size).toBe(80);
  expect(drawn.filter((origin) => fresh.includes(origin))).toHaveLength(40);
  const segments = ORDER_SEGMENTS.map((_, s) => drawn.filter((o) => o.segment === s && !fresh.includes(o)).length);
  expect(segments).toEqual([10, 10, 10, 10]);
  expect(drawTrainingOrigins(fresh, rest.slice(0, 5), 80, mulberry32(1))).toHaveLength(80);
  expect(drawTrainingOrigins(fresh.slice(0, 5), rest, 80, mulberry32(1))).toHaveLength(80);
  expect(drawTrainingOrigins(fresh.slice(0, 5), rest.slice(0, 5), 80, mulberry32(1))).toHaveLength(10);
});
