import { linearBaseline } from '../../../../src/adapters/baselines/linear';
import type { CustomerEvent } from '../../../../src/domain/event';
import { seasonalShop } from '../../../../src/domain/simulation/shop-population';
import type { BaselineRegressor } from '../../../../src/ports/baselines';
import { BASELINES } from '../../../../src/services/evaluation/baselines';
import { evaluateSimulated } from '../../../../src/services/evaluation/simulated/evaluate-simulated';
import { simulateCustomers, withoutVisits } from '../../../../src/services/evaluation/simulated/simulated-customers';
import type { SimulatedEvaluation } from '../../../../src/services/evaluation/simulated/simulated-result';
import { TINY_SHAPE } from '../../../support/examples';
import { randomModel } from '../../../support/models';

const SEED = 8;
const CUT_S = Date.UTC(2025, 9, 1) / 1000;
const HORIZON_DAYS = 30;
const SHOP = { population: seasonalShop, customers: 100, seed: SEED, historyDays: 200, cutS: CUT_S };

const REGRESSORS: BaselineRegressor[] = (['linear', 'tree', 'forest', 'svr'] as const).map((name) => ({
  ...linearBaseline,
  name,
}));

interface Fit {
  readonly train: readonly CustomerEvent[];
  readonly endS: number;
}

describe(`models against the oracle on simulated customers (seed ${SEED})`, () => {
  const fits: Fit[] = [];
  let result: SimulatedEvaluation;

  beforeAll(async () => {
    result = await evaluateSimulated(
      { ...SHOP, horizonDays: HORIZON_DAYS, seeds: [1, 2], minorPerMajor: 100 },
      {
        baselines: REGRESSORS,
        // Untrained: the same weights whatever they are shown, so that only what is scored can make a difference.
        fitNetwork: async (train, endS, seed) => {
          fits.push({ train, endS });
          return randomModel(seed, { shape: TINY_SHAPE });
        },
        onProgress: () => {},
      },
    );
  });

  test('the oracle’s regret is nothing, everyone else has some', () => {
    for (const { difference, low, high } of Object.values(result.againstOracle.oracle)) {
      expect([difference, low, high]).toEqual([0, 0, 0]);
    }
    for (const name of ['bayes', 'served', 'network', ...BASELINES] as const) {
      const { trueNGini, trueRmse } = result.againstOracle[name]!;
      expect(trueNGini.high).toBeLessThan(0);
      expect(trueRmse.low).toBeGreaterThan(0);
    }
    expect(result.models.oracle.nGini).toBeGreaterThan(result.models.pareto_nbd!.nGini);
  });

  test('the observer that knows the population and uses every event comes nearest to the truth', () => {
    const { bayes } = result.models;
    for (const name of ['served', 'network', ...BASELINES] as const) {
      expect(bayes.trueRmse).toBeLessThan(result.models[name]!.trueRmse);
    }
    expect(result.clicks.bayes.difference.trueRmse.high).toBeLessThan(0);
  });

  test('a network that was never trained loses far more than Pareto/NBD', () => {
    const { network, pareto_nbd } = result.againstOracle;
    expect(network.trueNGini.difference).toBeLessThan(2 * pareto_nbd!.trueNGini.difference);
    expect(network.top20.high).toBeLessThan(0);
  });

  test('models are handed nothing from the cut on', () => {
    expect(fits.length).toBe(2 * 3);
    for (const { train, endS } of fits) {
      expect(endS).toBeLessThanOrEqual(CUT_S);
      expect(train.every(({ timeS }) => timeS < CUT_S)).toBe(true);
    }
  });

  test('with orders only, clicks and browses are neither learnt from nor scored', () => {
    const visits = fits.map(({ train }) => train.length - withoutVisits(train).length);
    expect(visits.slice(0, 3).every((count) => count > 1_000)).toBe(true);
    expect(visits.slice(3)).toEqual([0, 0, 0]);
    // The weights are the same: had the clicks been scored, there would be no difference at all.
    expect(result.clicks.network.difference.trueNGini.sd).toBeGreaterThan(0);
    expect(result.clicks.events.ordersOnly).toBe(
      withoutVisits(simulateCustomers({ ...SHOP, horizonDays: HORIZON_DAYS }).events).length,
    );
  });

  test('clicks are judged on those who had ordered, by the mean over the seeds', () => {
    expect(result.clicks.customers).toBeLessThan(result.customers);
    const { all, ordersOnly, difference } = result.clicks.network;
    expect(difference.top10.difference).toBeCloseTo(all.top10 - ordersOnly.top10, 12);
    expect(result.clicks.network.seedDeviation!.trueRmse).toBeGreaterThan(0);
    expect(result.clicks.bayes.seedDeviation).toBeNull();
  });

  test('says that it is synthetic', () => {
    expect(result.synthetic).toBe(true);
  });
});
