import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { mulberry32 } from '../../../src/domain/math/random';
import { drawInstant, ShopCalendar } from '../../../src/domain/simulation/shop-calendar';
import { demoShop, seasonalShop, trainingShop } from '../../../src/domain/simulation/shop-population';

const SEED = 31;
const at = (iso: string) => Date.parse(`${iso}T12:00:00Z`) / 1000;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the calendar of a shop', () => {
  const calendar = new ShopCalendar(seasonalShop);

  test('the season is linear between its points, around new year too, and has mean 1 over a year', () => {
    const days = Array.from({ length: 366 }, (_, day) => calendar.demand(at('2024-01-01') + day * SECONDS_PER_DAY, 0));
    expect(mean(days)).toBeCloseTo(1, 12);
    const scale = calendar.demand(at('2023-12-14'), 0) / 2.2;
    expect(calendar.demand(at('2023-12-24'), 0)).toBeCloseTo(0.9 * scale, 12);
    expect(calendar.demand(at('2023-12-19'), 0)).toBeCloseTo(1.55 * scale, 12);
    // 24 December to 8 January is 15 days: a third of the way from 0.9 to 0.7.
    expect(calendar.demand(at('2023-12-29'), 0)).toBeCloseTo((0.9 - 0.2 / 3) * scale, 12);
    expect(calendar.demand(at('2024-01-03'), 0)).toBeCloseTo((0.9 - 0.4 / 3) * scale, 12);
    expect(days.indexOf(Math.max(...days))).toBe(348);
  });

  test('a promotion lasts its days, lifts by sensitivity, takes off its discount, every year', () => {
    for (const year of [2023, 2024]) {
      expect(calendar.discount(at(`${year}-11-23`))).toBe(0);
      for (const day of ['11-24', '11-28']) {
        const timeS = at(`${year}-${day}`);
        expect(calendar.discount(timeS)).toBe(0.2);
        expect(calendar.demand(timeS, 2) / calendar.demand(timeS, 0)).toBeCloseTo(1 + 2 * 1.5, 12);
      }
      expect(calendar.discount(at(`${year}-11-29`))).toBe(0);
      expect(calendar.demand(at(`${year}-11-29`), 2)).toBe(calendar.demand(at(`${year}-11-29`), 0));
    }
  });

  test('a shop without season and promotions has the same demand on every day', () => {
    for (const shop of [trainingShop, demoShop]) {
      const flat = new ShopCalendar(shop);
      for (const day of ['2024-02-29', '2024-07-04', '2024-12-14']) {
        expect(flat.demand(at(day), 3)).toBe(1);
        expect(flat.discount(at(day))).toBe(0);
      }
    }
  });

  test('the traffic of a week has mean 1, and no weight passes its peak', () => {
    const hours = Array.from({ length: 7 * 24 }, (_, hour) => calendar.traffic.weight(at('2024-03-04') + hour * 3_600));
    expect(mean(hours)).toBeCloseTo(1, 12);
    expect(Math.max(...hours)).toBe(calendar.traffic.peak);
    const wishes = calendar.wishes(1.7);
    const year = Array.from({ length: 366 * 24 }, (_, hour) => wishes.weight(at('2024-01-01') + hour * 3_600));
    expect(Math.max(...year)).toBeLessThanOrEqual(wishes.peak);
  });

  test(`times are drawn at the requested rate, and follow the rhythm (seed ${SEED})`, () => {
    const random = mulberry32(SEED);
    const wishes = calendar.wishes(1);
    const [fromS, untilS] = [at('2024-01-01'), at('2026-01-01')];
    let [drawn, inDecember] = [0, 0];
    for (let timeS = fromS; ; drawn++) {
      timeS = drawInstant(random, 10, wishes, timeS, untilS);
      if (timeS > untilS) break;
      if (new Date(timeS * 1000).getUTCMonth() === 11) inDecember++;
    }
    const hours = Array.from({ length: (untilS - fromS) / 3_600 }, (_, hour) => fromS + hour * 3_600);
    const expected = (10 / 24) * hours.reduce((sum, timeS) => sum + wishes.weight(timeS), 0);
    const december = hours.filter((timeS) => new Date(timeS * 1000).getUTCMonth() === 11);
    const expectedInDecember = (10 / 24) * december.reduce((sum, timeS) => sum + wishes.weight(timeS), 0);
    // Four standard deviations of a Poisson count.
    expect(Math.abs(drawn - expected)).toBeLessThan(4 * Math.sqrt(expected));
    expect(Math.abs(inDecember - expectedInDecember)).toBeLessThan(4 * Math.sqrt(expectedInDecember));
    expect(drawInstant(random, 0, wishes, fromS)).toBe(Number.POSITIVE_INFINITY);
  });
});
