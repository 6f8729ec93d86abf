import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { mulberry32 } from '../../../src/domain/math/random';
import { ShopCalendar } from '../../../src/domain/simulation/shop-calendar';
import { type ShopPopulation, seasonalShop } from '../../../src/domain/simulation/shop-population';
import { ShopperTimeline, type SimulatedEvent } from '../../../src/domain/simulation/shopper-timeline';
import { type ShopperState, stateAt, TrueFuture } from '../../../src/domain/simulation/true-future';
import { drawShopper, type TrueShopper, type Wish } from '../../../src/domain/simulation/true-shopper';

const SEED = 1_234;
const ARRIVAL_S = Date.parse('2024-10-20T09:00:00Z') / 1000;
/** Sixty days with the November sale and Christmas in them. */
const FROM_S = Date.parse('2024-11-10T15:20:00Z') / 1000;
const UNTIL_S = Date.parse('2025-01-09T06:00:00Z') / 1000;

interface Life {
  readonly shopper: TrueShopper;
  readonly state: ShopperState;
  /** Orders of [FROM_S, UNTIL_S), and their value less what was given back of them before UNTIL_S. */
  readonly orders: number;
  readonly spendMinor: number;
}

/** Lives of customers who all arrive at the same instant. */
function lives(population: ShopPopulation, count: number, seed: number): Life[] {
  const calendar = new ShopCalendar(population);
  const random = mulberry32(seed);
  return Array.from({ length: count }, () => {
    const own = mulberry32(Math.floor(random() * 2 ** 32));
    const shopper = drawShopper(population, calendar, 'a', ARRIVAL_S + random() * 20 * SECONDS_PER_DAY, own);
    const wishes: Wish[] = [];
    const timeline = new ShopperTimeline(shopper, population, calendar, own, { onWish: (wish) => wishes.push(wish) });
    const events: SimulatedEvent[] = [];
    for (let event = timeline.next(); event && event.timeS < UNTIL_S; event = timeline.next()) events.push(event);
    return { shopper, state: stateAt(shopper, wishes, FROM_S), ...outcomeOf(events) };
  });
}

function outcomeOf(events: readonly SimulatedEvent[]) {
  const placed = new Set<string | undefined>();
  let [orders, spendMinor] = [0, 0];
  for (const { kind, timeS, orderId, amountMinor } of events) {
    if (kind === 'order' && timeS >= FROM_S) {
      placed.add(orderId);
      orders++;
      spendMinor += amountMinor;
    } else if ((kind === 'refund' || kind === 'cancel') && placed.has(orderId)) spendMinor -= amountMinor;
  }
  return { orders, spendMinor };
}

/** How many standard errors the mean of what happened lies above the mean of what was expected. */
function surprise(group: readonly Life[], population: ShopPopulation, of: 'orders' | 'spendMinor', told = stateOf) {
  const future = new TrueFuture(population, FROM_S, UNTIL_S);
  const off = group.map((life) => life[of] - future.of(life.shopper, told(life))[of]);
  const mean = off.reduce((sum, x) => sum + x, 0) / off.length;
  const variance = off.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (off.length - 1);
  return mean / Math.sqrt(variance / off.length);
}

const stateOf = ({ state }: Life) => state;

/** The same shopper over and over: nothing differs between customers. */
const oneShopper: ShopPopulation = {
  ...seasonalShop,
  purchaseShape: 1e9,
  dropoutShape: 1e9,
  sensitivityShape: 1e9,
  valueSigmaBetween: 0,
  oneOffShare: 0,
  windowShopperShare: 0,
  purchasesPerDay: 1 / 12,
  dropoutsPerDay: 1 / 60,
  considerationDays: 6,
  refundShare: 0.2,
  cancelShare: 0.1,
};

describe.each([
  ['one shopper, many times', oneShopper, 2_500],
  ['a whole population', seasonalShop, 4_000],
])(`what %s does is what TrueFuture expects (seed ${SEED})`, (_name, population, count) => {
  const all = lives(population, count, SEED);
  const group = {
    new: all.filter(({ state }) => state.phase === 'new'),
    quiet: all.filter(({ state }) => state.phase === 'active' && state.openWishes === 0),
    wishing: all.filter(({ state }) => state.phase === 'active' && state.openWishes > 0),
    gone: all.filter(({ state }) => state.phase === 'gone'),
  };

  test.each(['new', 'quiet', 'wishing'] as const)('%s at the beginning: within four standard errors', (name) => {
    expect(group[name].length).toBeGreaterThan(150);
    for (const what of ['orders', 'spendMinor'] as const) {
      expect(Math.abs(surprise(group[name], population, what))).toBeLessThan(4);
    }
  });

  test('gone: nothing comes', () => {
    expect(group.gone.length).toBeGreaterThan(200);
    expect(group.gone.filter(({ orders }) => orders > 0)).toEqual([]);
  });

  test('an oracle without season, promotions, refunds, or the open wishes is found out', () => {
    const living = [...group.new, ...group.quiet, ...group.wishing];
    expect(surprise(living, { ...population, season: [] }, 'orders')).toBeGreaterThan(4);
    expect(surprise(living, { ...population, promotions: [] }, 'orders')).toBeGreaterThan(4);
    const asking = (share: number) => ({ ...oneShopper, refundShare: share, cancelShare: share });
    if (population === oneShopper) expect(surprise(living, asking(0), 'spendMinor')).toBeLessThan(-4);
    const blind = ({ state }: Life): ShopperState => ({ ...state, openWishes: 0 });
    expect(surprise(group.wishing, population, 'orders', blind)).toBeGreaterThan(4);
  });
});

describe('the expectation by hand, every hour alike', () => {
  const flat: ShopPopulation = {
    ...oneShopper,
    weekdayWeights: [1, 1, 1, 1, 1, 1, 1],
    hourWeights: new Array(24).fill(1),
    season: [],
    promotions: [],
    conversion: 0.5,
    considerationDays: 4,
    refundShare: 0,
    cancelShare: 0,
  };
  const shopper: TrueShopper = {
    customerId: 'a',
    kind: 'regular',
    arrivalS: 0,
    firstOrderS: 1_000,
    leavesS: 1e9,
    ordersPerDay: 0.1,
    dropoutsPerDay: 0.01,
    meanOrderMinor: 2_000,
    sensitivity: 1,
  };
  const DAYS = 100;
  const future = new TrueFuture(flat, 50_000, 50_000 + DAYS * SECONDS_PER_DAY);
  const [eta, mu] = [1 / 4, 0.01];
  /** ∫ e^(−at) over the span. */
  const until = (a: number) => -Math.expm1(-a * DAYS) / a;

  test('an open wish converts half the time, unless the customer leaves before', () => {
    const { orders } = future.of({ ...shopper, ordersPerDay: 0 }, { phase: 'active', openWishes: 1 });
    expect(orders).toBeCloseTo(0.5 * eta * until(eta + mu), 7);
  });

  test('new wishes order a delay of four days later: λ(∫e^(−μt) − ∫e^(−(η+μ)t))', () => {
    const { orders, spendMinor } = future.of(shopper, { phase: 'active', openWishes: 0 });
    expect(orders).toBeCloseTo(0.1 * (until(mu) - until(eta + mu)), 7);
    expect(spendMinor).toBeCloseTo(orders * 2_000, 6);
  });

  test('a one-off buyer orders once: 1 − e^(−ηh)', () => {
    const oneOff = { ...shopper, kind: 'one-off', ordersPerDay: 0 } as const;
    expect(future.of(oneOff, { phase: 'new', openWishes: 0 }).orders).toBeCloseTo(-Math.expm1(-eta * DAYS), 7);
  });

  test('in equilibrium, ω/η wishes open, orders come at λ', () => {
    const staying = { ...shopper, dropoutsPerDay: 0 };
    expect(future.of(staying, { phase: 'active', openWishes: 0.8 }).orders).toBeCloseTo(0.1 * DAYS, 6);
  });
});

describe('the state of a shopper at a time', () => {
  const shopper = { firstOrderS: 100, leavesS: 1_000 } as TrueShopper;
  const wishes: Wish[] = [
    { customerId: 'a', openedS: 150, closedS: 300 },
    { customerId: 'a', openedS: 200, closedS: 250 },
  ];
  test.each([
    [50, { phase: 'new', openWishes: 0 }],
    [120, { phase: 'active', openWishes: 0 }],
    [150, { phase: 'active', openWishes: 1 }],
    [220, { phase: 'active', openWishes: 2 }],
    [300, { phase: 'active', openWishes: 0 }],
    [1_000, { phase: 'gone', openWishes: 0 }],
  ])('at %i', (atS, expected) => {
    expect(stateAt(shopper, wishes, atS)).toEqual(expected);
  });
  test('a shopper who never orders counts as gone for the oracle', () => {
    expect(stateAt({ ...shopper, firstOrderS: Number.POSITIVE_INFINITY }, [], 50).phase).toBe('gone');
  });
});
