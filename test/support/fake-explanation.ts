import type { Explanation } from '../../src/domain/explanation/explanation';

/** An explanation whose parts add up, for pages and routes: an order raises the value, silence lowers it. */
export function fakeExplanation(asOfS: number): Explanation {
  const parts = { occurrence: 37, size: 3 };
  const order = { timeS: asOfS - 86_400, kind: 'order' as const, amountMinor: 4_250, items: 2, dwellS: 0, stars: 0 };
  const browse = { timeS: asOfS - 3_600, kind: 'browse' as const, amountMinor: 0, items: 0, dwellS: 40, stars: 0 };
  return {
    asOfS,
    modelVersion: 'm-1',
    value: 100,
    baseline: 60,
    features: {
      orders: 20,
      returns: 0,
      spend: 5,
      rhythm: 2,
      silence: -35,
      age: -1,
      browsing: 4,
      reviews: 0,
      attributes: 0,
      'order-value': 3,
      structure: 0,
    },
    events: [
      { ...order, contribution: 40, parts },
      { ...browse, contribution: 2, parts: { occurrence: 2, size: 0 } },
    ],
    residual: 0,
  };
}
