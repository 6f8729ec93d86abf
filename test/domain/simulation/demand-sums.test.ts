import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { DemandSums } from '../../../src/domain/simulation/demand-sums';
import { ShopCalendar } from '../../../src/domain/simulation/shop-calendar';
import { seasonalShop } from '../../../src/domain/simulation/shop-population';

const FROM_S = Date.parse('2025-11-10T10:20:00Z') / 1000;
const UNTIL_S = Date.parse('2025-12-20T00:00:00Z') / 1000;
const STEP_S = 60;

test('sums and open wishes are those of minute-long steps', () => {
  const sums = new DemandSums(seasonalShop, FROM_S, UNTIL_S);
  const calendar = new ShopCalendar(seasonalShop);
  const { considerationDays } = seasonalShop;
  const start = { traffic: sums.traffic(FROM_S), demand: sums.demand(FROM_S) };
  let [traffic, plain, promoted] = [0, 0, 0];
  let open = sums.open(FROM_S);
  const days = STEP_S / SECONDS_PER_DAY;
  for (let timeS = FROM_S; timeS < UNTIL_S; timeS += STEP_S) {
    const weight = calendar.traffic.weight(timeS);
    const now = { plain: calendar.demand(timeS, 0), promoted: calendar.demand(timeS, 1) - calendar.demand(timeS, 0) };
    traffic += weight * days;
    plain += weight * now.plain * days;
    promoted += weight * now.promoted * days;
    open = {
      plain: open.plain + weight * days * (now.plain - open.plain / considerationDays),
      promoted: open.promoted + weight * days * (now.promoted - open.promoted / considerationDays),
    };
  }
  const end = sums.demand(UNTIL_S);
  expect(sums.traffic(UNTIL_S) - start.traffic).toBeCloseTo(traffic, 9);
  expect(end.plain - start.demand.plain).toBeCloseTo(plain, 9);
  expect(end.promoted - start.demand.promoted).toBeCloseTo(promoted, 9);
  expect(promoted).toBeGreaterThan(1);
  expect(sums.open(UNTIL_S).plain).toBeCloseTo(open.plain, 2);
  expect(sums.open(UNTIL_S).promoted).toBeCloseTo(open.promoted, 2);
});
