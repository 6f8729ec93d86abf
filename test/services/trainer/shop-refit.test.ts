import { sha256 } from '../../../src/adapters/system/digest';
import { hasBtydFit } from '../../../src/domain/btyd/btyd-model';
import { closedIntervals } from '../../../src/domain/labels/origins';
import { quantileOf } from '../../../src/domain/math/quantile';
import type { ModelSettings } from '../../../src/domain/scoring/model';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import { netOrders } from '../../../src/domain/state/summary';
import { Contender } from '../../../src/services/trainer/contender';
import { isWorthRelease, refitShop, type ShopEvidence } from '../../../src/services/trainer/shop-refit';
import { artefactOf, HAND_SETTINGS, handWeights, levelShift } from '../../support/hand-model';
import { realClock } from '../../support/real-clock';
import { labelsOf, shopLogs } from '../../support/shop-labels';

const LOGS = shopLogs(demoShop, 42, 600, 60);
const labels = labelsOf(LOGS, {
  ...{ window: 8, quorum: 1, latenessDays: 1, originEveryDays: 7, maxOpenOrigins: 50_000, reservoirSize: 0 },
  ...{ recencyDays: 70, judgedScores: 0, gateShare: 0 },
});
const evidence: ShopEvidence = {
  customers: [...labels.customers()].sort().map((customerId) => labels.state(customerId)),
  origins: [...labels.origins()]
    .map((origin) => ({ partition: 0, origin, clockS: labels.clockS }))
    .filter(({ origin, clockS }) => closedIntervals(origin, clockS) > 0),
  clockS: labels.clockS,
  minorPerMajor: 100,
};
/** The settings of a shop whose orders are a tenth as large. */
const FOREIGN: ModelSettings = { ...HAND_SETTINGS, typicalOrderMinor: 500, orderValue: { meanMinor: 500, weight: 3 } };
const contender = (weights: ReturnType<typeof handWeights>, settings: ModelSettings) =>
  new Contender(artefactOf(weights, settings), sha256, 100);
const foreign = contender(levelShift(handWeights(0), 1), FOREIGN);

async function refitted(of: Contender, from = evidence): Promise<Contender> {
  const { weights, settings } = (await refitShop(of.model, from, realClock))!;
  return contender(weights, settings);
}

test('a model of another shop gets the scale, the level and the blend of this one, and is worth a release', async () => {
  const next = await refitted(foreign);
  const orders = LOGS[0]!.map((event) => ('amountMinor' in event ? event.amountMinor : 0)).sort((a, b) => a - b);
  const { typicalOrderMinor, structure } = next.model.settings;
  expect(typicalOrderMinor / quantileOf(orders, 0.5)).toBeCloseTo(1, 0);
  expect(structure!.networkShares).toHaveLength(4);
  const worth = await isWorthRelease(foreign, next, evidence, 0.002, realClock);
  expect(worth).toMatchObject({ release: true });
  expect(worth.after).toBeLessThan(worth.before);
  expect(worth.origins).toBeGreaterThan(1_000);
});

test('a scale that is nearly right stays, so that no state is encoded again', async () => {
  const near = contender(handWeights(0), HAND_SETTINGS);
  const first = await refitted(near);
  const { typicalOrderMinor } = first.model.settings;
  const off = contender(handWeights(0), { ...HAND_SETTINGS, typicalOrderMinor: Math.round(typicalOrderMinor * 1.3) });
  const next = await refitted(off);
  expect(next.model.settings.typicalOrderMinor).toBe(off.model.settings.typicalOrderMinor);
  expect(next.model.encoderVersion).toBe(off.model.encoderVersion);
});

test('the same evidence twice is worth no second release', async () => {
  const once = await refitted(foreign);
  const twice = await refitted(once);
  expect(await isWorthRelease(once, twice, evidence, 0.002, realClock)).toMatchObject({ release: false });
});

test('the cuts of the value tiers are no part of it: a jump of time that closes all labels moves none', async () => {
  expect((await refitted(foreign)).model.settings.tierCuts).toEqual(foreign.model.settings.tierCuts);
});

test('too little fits nothing, and is worth nothing', async () => {
  const few = { ...evidence, customers: evidence.customers.slice(0, 3), origins: evidence.origins.slice(0, 10) };
  expect(await refitShop(foreign.model, few, realClock)).toBeNull();
  const next = await refitted(foreign);
  expect(await isWorthRelease(foreign, next, few, 0.002, realClock)).toMatchObject({ release: false, origins: 10 });
});

describe('as long as too few customers have ordered again for Pareto/NBD', () => {
  const repeats = ({ summary }: (typeof evidence.customers)[number]) => netOrders(summary) > 1;
  const once = evidence.customers.filter((state) => !repeats(state));
  const few = { ...evidence, customers: [...once, ...evidence.customers.filter(repeats).slice(0, 10)] };

  test('a network of another shop gets the level of this one, alone', async () => {
    const next = await refitted(foreign, few);
    const { structure } = next.model.settings;
    expect(structure!.networkShares).toEqual([1, 1, 1, 1]);
    expect(hasBtydFit(structure!)).toBe(false);
    const worth = await isWorthRelease(foreign, next, evidence, 0.002, realClock);
    expect(worth.release).toBe(true);
    // Most of what the whole refit gains.
    const whole = await isWorthRelease(foreign, await refitted(foreign), evidence, 0.002, realClock);
    expect(worth.before - worth.after).toBeGreaterThan(0.7 * (whole.before - whole.after));
  });

  test('a BTYD fit that is in force stays', async () => {
    const whole = await refitted(foreign);
    const next = await refitted(whole, few);
    expect(next.model.settings.structure).toEqual(whole.model.settings.structure);
  });

  test('the first BTYD fit of the shop replaces the network alone', async () => {
    const next = await refitted(await refitted(foreign, few));
    expect(hasBtydFit(next.model.settings.structure!)).toBe(true);
  });
});

test('an outlying order in the window changes the statistics as one at the cap does, whatever its size', async () => {
  const at = evidence.customers.findIndex(
    ({ window }) => window.events.filter(({ amountMinor, kind }) => kind === 0 && amountMinor > 0).length > 1,
  );
  const withOutlier = async (amountMinor: number) => {
    const customers = evidence.customers.map((state, i) => {
      if (i !== at) return state;
      const order = state.window.events.find((event) => event.kind === 0 && event.amountMinor > 0)!;
      const events = state.window.events.map((event) => (event === order ? { ...event, amountMinor } : event));
      const placedMinor = state.summary.placedMinor - order.amountMinor + amountMinor;
      return { ...state, window: { ...state.window, events }, summary: { ...state.summary, placedMinor } };
    });
    return (await refitted(contender(handWeights(0), HAND_SETTINGS), { ...evidence, customers })).model.settings;
  };
  const { orderValue, structure } = await withOutlier(1e9);
  expect(await withOutlier(1e14)).toMatchObject({ orderValue, structure });
  expect(orderValue.weight).toBeGreaterThan(0.1);
});
