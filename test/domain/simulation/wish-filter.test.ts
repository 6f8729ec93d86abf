import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { DemandSums } from '../../../src/domain/simulation/demand-sums';
import { type ShopPopulation, trainingShop } from '../../../src/domain/simulation/shop-population';
import { WishFilter } from '../../../src/domain/simulation/wish-filter';

const flat: ShopPopulation = {
  ...trainingShop,
  weekdayWeights: [1, 1, 1, 1, 1, 1, 1],
  hourWeights: new Array(24).fill(1),
  conversion: 0.5,
  considerationDays: 4,
  visitsPerWish: 1,
  idleVisitsPerOrder: 3,
  clicksPerPageBuying: 0.8,
  clicksPerPageIdle: 0.2,
};
const RATE = 0.1;
const sums = new DemandSums(flat, 0, 100 * SECONDS_PER_DAY);
const filter = new WishFilter(flat, sums);
const visit = (day: number, pages: number, clicks: number) => ({
  customerId: 'a',
  timeS: day * SECONDS_PER_DAY,
  pages,
  clicks,
});
const order = (day: number) => ({ timeS: day * SECONDS_PER_DAY, amountMinor: 1 });
const FIRST_S = 0;
const run = (visits: ReturnType<typeof visit>[], orders: ReturnType<typeof order>[]) =>
  filter.run(filter.signsAfter(FIRST_S, visits, [order(0), ...orders]), RATE, 1);
const days = (from: number, to: number) => filter.passing(from * SECONDS_PER_DAY, to * SECONDS_PER_DAY);

describe('the open wishes of a buyer, every hour alike', () => {
  // Of signs of life, a new wish comes at λ/c, an idle visit at 3 λ.
  const opened = RATE / 0.5;
  const idle = 3 * RATE;

  test('a visit without clicks on one page: by Bayes from the two rates and the clicks missing', () => {
    run([visit(10, 1, 0)], []);
    const ratio = Math.exp(-0.6);
    expect(filter.expectedOpen(days(10, 10))).toBeCloseTo((ratio * opened) / (ratio * opened + idle), 12);
  });

  test('the same visit with three clicks is far likelier of a wish', () => {
    run([visit(10, 1, 3)], []);
    const ratio = 4 ** 3 * Math.exp(-0.6);
    expect(filter.expectedOpen(days(10, 10))).toBeCloseTo((ratio * opened) / (ratio * opened + idle), 12);
  });

  test('a quiet span after it: the wish has ended unseen more likely than not', () => {
    run([visit(10, 1, 3)], []);
    const now = filter.expectedOpen(days(10, 10));
    // Goes on unseen at e^(−2t/4); ends unseen at ¼ of that hazard.
    const stays = Math.exp(-2);
    const ends = 0.25 * (1 - stays);
    expect(filter.expectedOpen(days(10, 14))).toBeCloseTo((now * stays) / (now * (stays + ends) + 1 - now), 12);
  });

  test('an order closes the one wish that there was', () => {
    run([visit(10, 1, 0)], [order(11)]);
    expect(filter.expectedOpen(days(11, 11.1))).toBeCloseTo(0, 6);
  });

  test('the likelihood of a silence, a visit and an order is the product of their parts', () => {
    const log = run([visit(10, 1, 0)], [order(11)]);
    const ratio = Math.exp(-0.6);
    const dayLaterS = 11 + 1 / SECONDS_PER_DAY;
    const quiet = Math.exp(-(opened + idle) * dayLaterS);
    const stays = Math.exp(-(2 / 4) * (dayLaterS - 10));
    // c/τ of converting.
    expect(log).toBeCloseTo(Math.log(quiet * ratio * opened * stays * (0.5 / 4)), 6);
  });

  test('nobody who is active stays silent for long: e^(−(λ/c + 3λ)t)', () => {
    run([], []);
    expect(filter.quiet(days(0, 20), RATE, 1)).toBeCloseTo(Math.exp(-(opened + idle) * 20), 12);
  });
});
