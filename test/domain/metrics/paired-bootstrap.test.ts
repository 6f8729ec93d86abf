import { drawNormal, mulberry32 } from '../../../src/domain/math/random';
import { pairedBootstrap } from '../../../src/domain/metrics/paired-bootstrap';
import { spearman } from '../../../src/domain/metrics/rank-correlation';
import { normalizedGini } from '../../../src/domain/metrics/ranking';

const SEED = 7;

describe(`paired bootstrap over customers (seed ${SEED})`, () => {
  const random = mulberry32(SEED);
  const actual = Array.from({ length: 300 }, () => Math.max(0, Math.round(3 * drawNormal(random))));
  const good = actual.map((value) => value + drawNormal(random));
  const bad = actual.map((value) => Math.round(value + 6 * drawNormal(random))); // with ties

  test('the difference on the customers themselves is that of the plain measures, ties averaged', () => {
    const { spearman: rank, nGini } = pairedBootstrap([good], [bad], actual, mulberry32(1), 2);
    expect(rank.difference).toBeCloseTo(spearman(good, actual) - spearman(bad, actual), 12);
    expect(nGini.difference).toBeCloseTo(normalizedGini(good, actual) - normalizedGini(bad, actual), 12);
  });

  test('several rankings are averaged', () => {
    const { nGini } = pairedBootstrap([good, bad], [bad], actual, mulberry32(1), 2);
    expect(nGini.difference).toBeCloseTo((normalizedGini(good, actual) - normalizedGini(bad, actual)) / 2, 12);
  });

  test('a clear difference lies outside the noise, none lies within it', () => {
    const clear = pairedBootstrap([good], [bad], actual, mulberry32(2));
    expect(clear.nGini.low).toBeGreaterThan(0);
    expect(clear.nGini.sd).toBeGreaterThan(0);
    const none = pairedBootstrap([good], [good], actual, mulberry32(2));
    expect(none.spearman).toEqual({ difference: 0, low: 0, high: 0, sd: 0 });
  });

  test('a resample equals the measure of the customers drawn, each as often as drawn', () => {
    // Every customer twice: the same measures.
    const twice = (values: readonly number[]) => [...values, ...values];
    const once = pairedBootstrap([good], [bad], actual, mulberry32(1), 2);
    const doubled = pairedBootstrap([twice(good)], [twice(bad)], twice(actual), mulberry32(1), 2);
    expect(doubled.nGini.difference).toBeCloseTo(once.nGini.difference, 10);
  });
});
