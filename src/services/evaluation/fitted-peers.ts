import { type BtydFits, btydBaselines, type Forecaster } from '../../domain/blend/btyd-forecasters';
import { type CustomerHistory, knownCustomers, outcomeOf } from '../../domain/blend/customer-history';
import { LEAST_WINDOW_DAYS, labelWindow } from '../../domain/blend/label-window';
import type { TotalTask } from '../../domain/blend/total';
import { SECONDS_PER_DAY } from '../../domain/event';
import { decileWape } from '../../domain/metrics/deciles';
import { judgeSpend } from '../../domain/metrics/forecast';
import type { ChosenPeers } from './evaluation-result';
import { type EvaluationSources, type EvaluationTask, isoDay } from './evaluation-task';
import { PEERS, type PeerName } from './peers';
import { type RegressionPeer, regressionPeer } from './regression-peers';

export interface FittedPeers {
  readonly forecasters: Readonly<Record<PeerName, Forecaster>>;
  readonly regressions: readonly RegressionPeer[];
  readonly rows: Readonly<Record<string, { rows: number; of: number }>>;
}

/** All peers, from before `asOfS`. */
export async function fitPeers(
  { histories, fits, asOfS, windowDays }: TotalTask,
  task: EvaluationTask,
  sources: EvaluationSources,
): Promise<FittedPeers> {
  const peerTask = { asOfS, windowDays, minorPerMajor: task.minorPerMajor, seed: 1 };
  const btyd = btydBaselines(histories, fits, peerTask);
  const regressions: RegressionPeer[] = [];
  const rows: Record<string, { rows: number; of: number }> = {};
  const learnt: Partial<Record<PeerName, Forecaster>> = {};
  for (const baseline of sources.baselines) {
    sources.onProgress(`${baseline.name} at ${isoDay(asOfS)}`);
    const regression = await regressionPeer(baseline, histories, peerTask);
    regressions.push(regression);
    rows[baseline.name] = { rows: regression.rows, of: regression.rowsThere };
    learnt[baseline.name] = regression.forecaster;
  }
  return { forecasters: { ...btyd, ...learnt } as Record<PeerName, Forecaster>, regressions, rows };
}

/** The peers that were best one label window before the cut: of spend, by nGini and by decile WAPE. */
export async function choosePeers(
  task: EvaluationTask,
  histories: readonly CustomerHistory[],
  fits: BtydFits,
  windowDays: number,
  sources: EvaluationSources,
): Promise<ChosenPeers | null> {
  const asOfS = task.cutS - windowDays * SECONDS_PER_DAY;
  const earlierWindow = labelWindow(histories, asOfS, windowDays);
  if (earlierWindow < LEAST_WINDOW_DAYS) return null;
  const peers = await fitPeers({ histories, fits, asOfS, windowDays: earlierWindow }, task, sources);
  const customers = knownCustomers(histories, asOfS);
  const outcomes = customers.map((customer) => outcomeOf(customer, windowDays, task.minorPerMajor));
  const judged = PEERS.map((name) => ({
    name,
    spend: judgeSpend(peers.forecasters[name](customers, windowDays), outcomes, 1),
  }));
  for (const regression of peers.regressions) regression.dispose();
  const best = (score: (one: (typeof judged)[number]) => number) =>
    judged.reduce((a, b) => (score(b) > score(a) ? b : a)).name;
  return {
    cut: isoDay(asOfS),
    horizonDays: windowDays,
    ranking: best(({ spend }) => spend.nGini),
    level: best(({ spend }) => -decileWape(spend.deciles)),
  };
}
