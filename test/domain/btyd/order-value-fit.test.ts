import { fitOrderValuePrior } from '../../../src/domain/btyd/order-value-fit';
import { drawGamma, mulberry32 } from '../../../src/domain/math/random';

describe('fit of the order value prior', () => {
  test('finds the mean and the weight of a Gamma-Gamma population', () => {
    // Order values gamma(p, ν), ν gamma(q, v): mean p·v/(q−1), weight (q−1)/p (Fader and Hardie 2005).
    const [p, q, v] = [6, 8, 3_500];
    const random = mulberry32(5);
    const customers = Array.from({ length: 20_000 }, (_, i) => {
      const rate = drawGamma(random, q, v);
      return Array.from({ length: 1 + (i % 8) }, () => drawGamma(random, p, rate));
    });
    const prior = fitOrderValuePrior(customers, 1);
    expect(prior.meanMinor / ((p * v) / (q - 1))).toBeCloseTo(1, 1);
    expect(prior.weight / ((q - 1) / p)).toBeCloseTo(1, 0);
  });

  test('customers whose orders never differ need no prior, customers who are all alike need much', () => {
    const constant = fitOrderValuePrior([[100, 100], [300, 300], [], [500, 500, 500]], 1);
    expect(constant).toEqual({ meanMinor: 300, weight: 0.1 });
    const alike = fitOrderValuePrior(
      [
        [100, 300],
        [300, 100],
        [200, 200],
      ],
      1,
    );
    expect(alike).toEqual({ meanMinor: 200, weight: 50 });
  });

  test('too little data: the fallback, or the mean with a weight of one order', () => {
    expect(fitOrderValuePrior([], 4000)).toEqual({ meanMinor: 4000, weight: 1 });
    expect(fitOrderValuePrior([[], []], 4000)).toEqual({ meanMinor: 4000, weight: 1 });
    expect(fitOrderValuePrior([[10], [30, 30]], 4000)).toEqual({ meanMinor: 20, weight: 1 });
  });
});
