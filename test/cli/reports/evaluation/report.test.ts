import { evaluationReport } from '../../../../src/cli/reports/evaluation/report';
import { simulatedReport } from '../../../../src/cli/reports/evaluation/simulated-report';
import { simulatedTable } from '../../../../src/cli/reports/evaluation/simulated-table';
import { evaluationTable } from '../../../../src/cli/reports/evaluation/table';
import { SECONDS_PER_DAY } from '../../../../src/domain/event';
import { seasonalShop } from '../../../../src/domain/simulation/shop-population';
import { evaluate } from '../../../../src/services/evaluation/evaluate';
import type { EvaluationSources } from '../../../../src/services/evaluation/evaluation-task';
import { evaluateSimulated } from '../../../../src/services/evaluation/simulated/evaluate-simulated';
import { simulateCustomers } from '../../../../src/services/evaluation/simulated/simulated-customers';
import { TINY_SHAPE } from '../../../support/examples';
import { randomModel } from '../../../support/models';

const CUT_S = Date.UTC(2025, 9, 1) / 1000;
const SHOP = { population: seasonalShop, customers: 100, seed: 8, historyDays: 200, cutS: CUT_S };
const TASK = { horizonDays: 30, seeds: [1], minorPerMajor: 100 };
/** As in an installation without the packages of the regressions. */
const SOURCES: EvaluationSources = {
  baselines: [],
  fitNetwork: async (_train, _endS, seed) => randomModel(seed, { shape: TINY_SHAPE }),
  onProgress: () => {},
};
const PRESENT = ['served', 'network', 'pareto_nbd', 'bg_nbd', 'past_rate'];

const recorded = (daysBeforeTheEnd: number) => {
  const { events } = simulateCustomers({ ...SHOP, horizonDays: TASK.horizonDays });
  const cutS = CUT_S - daysBeforeTheEnd * SECONDS_PER_DAY;
  return evaluate({ ...TASK, cutS, set: 'shop', events, train: events }, SOURCES);
};

test('a horizon without any order has figures or dashes, no NaN', async () => {
  const result = await recorded(0);
  expect(evaluationTable(result)).toContain('nGini –, Spearman –');
  for (const text of [evaluationTable(result), evaluationReport([result])]) expect(text).not.toMatch(/undefined|NaN/);
});

test('baselines whose packages are not installed are missing from figures, table and page', async () => {
  const result = await recorded(TASK.horizonDays);
  expect(Object.keys(result.models)).toEqual(PRESENT);
  expect(Object.keys(result.againstPeers)).toEqual(PRESENT.slice(2));
  expect(PRESENT.slice(2)).toContain(result.chosenPeers?.ranking);
  for (const text of [evaluationTable(result), evaluationReport([result])]) {
    expect(text).toContain('past_rate');
    expect(text).not.toMatch(/forest|undefined|NaN/);
  }
});

test('the same on simulated customers', async () => {
  const result = await evaluateSimulated({ ...SHOP, ...TASK }, SOURCES);
  expect(Object.keys(result.models)).toEqual(['oracle', 'bayes', ...PRESENT]);
  for (const text of [simulatedTable(result), simulatedReport(result)]) {
    expect(text).toContain('past_rate');
    expect(text).not.toMatch(/forest|undefined|NaN/);
  }
});
