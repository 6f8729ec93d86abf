import { mulberry32 } from '../../../src/domain/math/random';
import { trainingShop } from '../../../src/domain/simulation/shop-population';
import { shopperAttributes } from '../../../src/domain/simulation/shopper-attributes';
import { simulateShop } from '../../../src/domain/simulation/simulated-shop';
import type { TrueShopper } from '../../../src/domain/simulation/true-shopper';

const START_S = Date.parse('2023-01-01T00:00:00Z') / 1000;
const shoppers: TrueShopper[] = [];
const shop = simulateShop(trainingShop, {
  customers: 4_000,
  startS: START_S,
  random: mulberry32(8),
  onShopper: (shopper) => shoppers.push(shopper),
});
for (const { timeS } of shop) if (timeS > START_S + 200 * 86_400) break;
const people = shoppers
  .filter(({ kind }) => kind === 'regular')
  .map((shopper) => ({ shopper, known: shopperAttributes(shopper, trainingShop) }));

const meanRate = (name: 'ageBand' | 'region' | 'channel', value: string, rate: 'ordersPerDay' | 'dropoutsPerDay') => {
  const rates = people.filter(({ known }) => known[name] === value).map(({ shopper }) => shopper[rate]);
  return rates.reduce((sum, x) => sum + x, 0) / rates.length;
};

describe('attributes of simulated customers', () => {
  test('are the same for the same customer', () => {
    expect(people.map(({ shopper }) => shopperAttributes(shopper, trainingShop))).toEqual(
      people.map(({ known }) => known),
    );
  });

  test('the age band shows how often customers buy, the channel how soon they leave', () => {
    expect(meanRate('ageBand', '18-24', 'ordersPerDay')).toBeGreaterThan(
      2 * meanRate('ageBand', '50-64', 'ordersPerDay'),
    );
    expect(meanRate('channel', 'advert', 'dropoutsPerDay')).toBeGreaterThan(
      1.5 * meanRate('channel', 'newsletter', 'dropoutsPerDay'),
    );
  });

  test('the region shows nothing', () => {
    const ratio = meanRate('region', 'north', 'ordersPerDay') / meanRate('region', 'south', 'ordersPerDay');
    expect(Math.abs(Math.log(ratio))).toBeLessThan(0.25);
  });

  test('a tenth of each is unknown', () => {
    for (const name of ['ageBand', 'region', 'channel'] as const) {
      const unknown = people.filter(({ known }) => known[name] === null).length;
      expect(Math.abs(unknown / people.length - 0.1)).toBeLessThan(0.03);
    }
  });
});
