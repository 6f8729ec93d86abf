import { type BtydFits, btydBaselines, type Forecaster } from '../../domain/blend/btyd-baselines';
import { type CustomerHistory, knownCustomers, outcomeOf } from '../../domain/blend/customer-history';
import { LEAST_WINDOW_DAYS, labelWindow } from '../../domain/blend/label-window';
import type { TotalTask } from '../../domain/blend/total';
import { SECONDS_PER_DAY } from '../../domain/event';
import { decileWape } from '../../domain/metrics/deciles';
import { judgeSpend } from '../../domain/metrics/forecast';
import { BASELINES, type BaselineName } from './baselines';
import type { ChosenBaselines } from './evaluation-result';
import { type EvaluationSources, type EvaluationTask, isoDay } from './evaluation-task';
import { type RegressionBaseline, regressionBaseline } from './regression-baselines';

export interface FittedBaselines {
  /** In the order of BASELINES. Those whose packages are not installed are missing. */
  readonly forecasters: ReadonlyMap<BaselineName, Forecaster>;
  readonly regressions: readonly RegressionBaseline[];
  readonly rows: Readonly<Record<string, { rows: number; of: number }>>;
}

/** Fits all baselines on the events before `asOfS`. */
export async function fitBaselines(
  { histories, fits, asOfS, windowDays }: TotalTask,
  task: EvaluationTask,
  sources: EvaluationSources,
): Promise<FittedBaselines> {
  const baselineTask = { asOfS, windowDays, minorPerMajor: task.minorPerMajor, seed: 1 };
  const btyd = btydBaselines(histories, fits, baselineTask);
  const regressions: RegressionBaseline[] = [];
  const rows: Record<string, { rows: number; of: number }> = {};
  const learnt: Partial<Record<BaselineName, Forecaster>> = {};
  for (const baseline of sources.baselines) {
    sources.onProgress(`${baseline.name} at ${isoDay(asOfS)}`);
    const regression = await regressionBaseline(baseline, histories, baselineTask);
    regressions.push(regression);
    rows[baseline.name] = { rows: regression.rows, of: regression.rowsThere };
    learnt[baseline.name] = regression.forecaster;
  }
  const fitted: Partial<Record<BaselineName, Forecaster>> = { ...btyd, ...learnt };
  const forecasters = new Map<BaselineName, Forecaster>();
  for (const name of BASELINES) if (fitted[name] !== undefined) forecasters.set(name, fitted[name]);
  return { forecasters, regressions, rows };
}

/** Selects the baselines that forecast spend best one label window before the cut, by nGini and by decile WAPE. */
export async function chooseBaselines(
  task: EvaluationTask,
  histories: readonly CustomerHistory[],
  fits: BtydFits,
  windowDays: number,
  sources: EvaluationSources,
): Promise<ChosenBaselines | null> {
  const asOfS = task.cutS - windowDays * SECONDS_PER_DAY;
  const earlierWindow = labelWindow(histories, asOfS, windowDays);
  if (earlierWindow < LEAST_WINDOW_DAYS) return null;
  const baselines = await fitBaselines({ histories, fits, asOfS, windowDays: earlierWindow }, task, sources);
  const customers = knownCustomers(histories, asOfS);
  const outcomes = customers.map((customer) => outcomeOf(customer, windowDays, task.minorPerMajor));
  const judged = [...baselines.forecasters].map(([name, forecaster]) => ({
    name,
    spend: judgeSpend(forecaster(customers, windowDays), outcomes, 1),
  }));
  for (const regression of baselines.regressions) regression.dispose();
  const best = (score: (one: (typeof judged)[number]) => number) =>
    judged.reduce((a, b) => (score(b) > score(a) ? b : a)).name;
  return {
    cut: isoDay(asOfS),
    horizonDays: windowDays,
    ranking: best(({ spend }) => spend.nGini),
    level: best(({ spend }) => -decileWape(spend.deciles)),
  };
}
