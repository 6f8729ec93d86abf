import { blendOnStream } from '../../../src/domain/blend/stream-blend';
import { testSeed } from '../../support/seeded';
import { streamRows } from '../../support/stream-rows';

const seed = testSeed();
const SHOP = {
  paretoNbd: { r: 1, alpha: 20, s: 1, beta: 20 },
  orderValue: { meanMinor: 4_000, weight: 2 },
};

test.each(['network', 'btyd'] as const)(`the side that knows the customers gets the share: the %s`, (knows) => {
  const { rows: all, clockS } = streamRows(seed, { days: 100, knows });
  const { networkShares, level } = blendOnStream(SHOP, all, clockS);
  expect(networkShares[0]).toBe(0);
  for (const share of networkShares.slice(1)) {
    if (knows === 'network') expect(share).toBeGreaterThan(0.8);
    else expect(share).toBeLessThan(0.2);
  }
  expect(level).toBeGreaterThan(0.85);
  expect(level).toBeLessThan(1.15);
});

test('counts get narrower than the network says only after long windows have matured', () => {
  const dispersions = (days: number, said: number) => {
    const { rows, clockS } = streamRows(seed, { days, knows: 'network' });
    const all = rows.map((row) => ({ ...row, dispersion: said }));
    return blendOnStream(SHOP, all, clockS).calibration!.dispersion.slice(1);
  };
  // The orders are Poisson, so any dispersion is too wide.
  for (const factor of dispersions(60, 2)) expect(factor).toBe(1);
  for (const factor of dispersions(200, 2)) expect(factor).toBeLessThan(0.8);
});
