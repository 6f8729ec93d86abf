import { RECENCY_KNOTS_DAYS, RECENCY_RAMPS, recencyRamps } from '../../../src/domain/features/recency-ramps';
import { mulberry32 } from '../../../src/domain/math/random';

function ramps(days: number): number[] {
  const out = new Float32Array(RECENCY_RAMPS + 2).fill(-1);
  recencyRamps(out, 1, days);
  expect([out[0], out[RECENCY_RAMPS + 1]]).toEqual([-1, -1]);
  return [...out.slice(1, -1)];
}

test('right after an order all are 0, beyond the last knot all are 1, at a knot those below it', () => {
  expect(ramps(0)).toEqual(new Array(RECENCY_RAMPS).fill(0));
  expect(ramps(10_000)).toEqual(new Array(RECENCY_RAMPS).fill(1));
  RECENCY_KNOTS_DAYS.forEach((days, knot) => {
    expect(ramps(days)).toEqual(Array.from({ length: RECENCY_RAMPS }, (_, k) => (k < knot ? 1 : 0)));
  });
});

test('between two knots one ramp rises, and together they give the logarithm back', () => {
  const seed = 4_711;
  const random = mulberry32(seed);
  const first = RECENCY_KNOTS_DAYS[0];
  for (let i = 0; i < 500; i++) {
    const days = first + random() * (2190 - first);
    const values = ramps(days);
    const steps = values.map(
      (value, k) => value * (Math.log1p(RECENCY_KNOTS_DAYS[k + 1]!) - Math.log1p(RECENCY_KNOTS_DAYS[k]!)),
    );
    const log = Math.log1p(first) + steps.reduce((sum, step) => sum + step, 0);
    expect({ seed, log: Math.abs(log - Math.log1p(days)) < 1e-5 }).toEqual({ seed, log: true });
    expect(values.filter((value) => value > 0 && value < 1).length).toBeLessThanOrEqual(1);
  }
});
