import { type CustomerEvent, SECONDS_PER_DAY } from '../../domain/event';
import { decileWape } from '../../domain/metrics/deciles';
import type { CustomerForecast } from '../../domain/metrics/forecast';
import { judgeSpend } from '../../domain/metrics/forecast';
import { pairedBootstrap } from '../../domain/metrics/paired-bootstrap';
import { mulberry32 } from '../../domain/random';
import type { BaselineRegressor } from '../../ports/baselines';
import { type CustomerHistory, customerHistories, knownCustomers, mergeSameDay, outcomeOf } from './customer-history';
import type { ChosenPeers, EvaluationResult, JudgedModel, ModelName } from './evaluation-result';
import { judgeModel, seedDeviations } from './judge-model';
import { rankLevels } from './level';
import type { NetworkFitter } from './network-forecasts';
import { networkForecasts } from './network-forecasts';
import { type Forecaster, PEERS, type PeerName } from './peers';
import { type RegressionPeer, regressionPeer } from './regression-peers';
import { StructuralFits, structuralPeers } from './structural-peers';

export interface EvaluationTask {
  readonly set: string;
  /** In event-time order: whom to score and judge. */
  readonly events: readonly CustomerEvent[];
  /** In event-time order: what may be learnt from. */
  readonly train: readonly CustomerEvent[];
  /** Midnight UTC; everything learnt comes from before it. */
  readonly cutS: number;
  readonly horizonDays: number;
  readonly seeds: readonly number[];
  readonly minorPerMajor: number;
}

export interface EvaluationSources {
  readonly baselines: readonly BaselineRegressor[];
  /** Fits the product's network on events before an instant. */
  readonly fitNetwork: NetworkFitter;
  onProgress(step: string): void;
}

/** The shortest label window that is learnt from, days. */
const LEAST_WINDOW_DAYS = 7;
const BOOTSTRAP_SEED = 77;

/** Judges all models at one cut: learns from before it, scores everyone known at it. */
export async function evaluate(task: EvaluationTask, sources: EvaluationSources): Promise<EvaluationResult> {
  const { cutS, horizonDays, minorPerMajor, seeds } = task;
  const events = mergeSameDay(task.events);
  const train = task.train === task.events ? events : mergeSameDay(task.train);
  const histories = customerHistories(events);
  const trainHistories = train === events ? histories : customerHistories(train);
  const customers = knownCustomers(histories, cutS);
  if (customers.length === 0) throw new Error('nobody is known at the cut: it lies at or before the first event');
  const outcomes = customers.map((customer) => outcomeOf(customer, horizonDays, minorPerMajor));
  const fits = new StructuralFits(trainHistories);
  const windowDays = labelWindow(trainHistories, cutS, horizonDays);
  if (windowDays < LEAST_WINDOW_DAYS) throw new Error(`too little history before the cut: ${2 * windowDays} days`);

  sources.onProgress('peers at the previous cut');
  const chosenPeers = await choosePeers(task, trainHistories, fits, windowDays, sources);
  sources.onProgress('peers');
  const peers = await fitPeers(trainHistories, fits, cutS, windowDays, task, sources);
  const forecasts = new Map<PeerName, CustomerForecast[]>();
  for (const name of PEERS) forecasts.set(name, peers.forecasters[name](customers, horizonDays));
  for (const regression of peers.regressions) regression.dispose();

  const records = rankLevels(trainHistories, fits, cutS, windowDays);
  const network = await networkForecasts(
    { ...task, events, train, trainHistories, customers, fits, level: records[0]!.forecaster },
    sources,
  );
  sources.onProgress('judging');
  const ordersSoFar = customers.map(({ orders }) => orders);
  const judge = (all: readonly (readonly CustomerForecast[])[]) => judgeModel(all, outcomes, ordersSoFar);
  const models = {
    served: judge(network.served),
    network: judge(network.alone),
    ...Object.fromEntries(PEERS.map((name) => [name, judge([forecasts.get(name)!])])),
  } as Record<ModelName, JudgedModel>;
  sources.onProgress('paired bootstrap');
  const against = (name: PeerName, side: 'orders' | 'spend') =>
    pairedBootstrap(
      network.served.map((one) => one.map((forecast) => forecast[side])),
      forecasts.get(name)!.map((forecast) => forecast[side]),
      outcomes.map((outcome) => outcome[side]),
      mulberry32(BOOTSTRAP_SEED),
    );
  return {
    set: task.set,
    cut: isoDay(cutS),
    horizonDays,
    customers: customers.length,
    seeds,
    models,
    seedDeviation: {
      served: seedDeviations(network.served, outcomes),
      network: seedDeviations(network.alone, outcomes),
    },
    chosenPeers,
    againstPeers: Object.fromEntries(
      PEERS.map((name) => [name, { counts: against(name, 'orders'), spend: against(name, 'spend') }]),
    ) as EvaluationResult['againstPeers'],
    level: { records, factors: network.factors },
    paretoNbd: fits.before(cutS).paretoNbd,
    regressionRows: peers.rows,
    labelWindowDays: windowDays,
    notes: notes(task, windowDays),
  };
}

interface FittedPeers {
  readonly forecasters: Readonly<Record<PeerName, Forecaster>>;
  readonly regressions: readonly RegressionPeer[];
  readonly rows: Readonly<Record<string, { rows: number; of: number }>>;
}

async function fitPeers(
  histories: readonly CustomerHistory[],
  fits: StructuralFits,
  asOfS: number,
  windowDays: number,
  task: EvaluationTask,
  sources: EvaluationSources,
): Promise<FittedPeers> {
  const peerTask = { asOfS, windowDays, minorPerMajor: task.minorPerMajor, seed: 1 };
  const structural = structuralPeers(histories, fits, peerTask);
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
  return { forecasters: { ...structural, ...learnt } as Record<PeerName, Forecaster>, regressions, rows };
}

/** The peers that were best one label window before the cut: of spend, by nGini and by decile WAPE. */
async function choosePeers(
  task: EvaluationTask,
  histories: readonly CustomerHistory[],
  fits: StructuralFits,
  windowDays: number,
  sources: EvaluationSources,
): Promise<ChosenPeers | null> {
  const asOfS = task.cutS - windowDays * SECONDS_PER_DAY;
  const earlierWindow = labelWindow(histories, asOfS, windowDays);
  if (earlierWindow < LEAST_WINDOW_DAYS) return null;
  const peers = await fitPeers(histories, fits, asOfS, earlierWindow, task, sources);
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

/** The horizon, or half of the history where that is shorter; whole days. */
function labelWindow(histories: readonly CustomerHistory[], asOfS: number, horizonDays: number): number {
  const firstS = histories.reduce((least, { firstSeenS }) => Math.min(least, firstSeenS), asOfS);
  return Math.min(horizonDays, Math.floor((asOfS - firstS) / SECONDS_PER_DAY / 2));
}

function notes(task: EvaluationTask, windowDays: number): string[] {
  const lastS = task.events[task.events.length - 1]!.timeS;
  const endS = task.cutS + (task.horizonDays - 1) * SECONDS_PER_DAY;
  const found: string[] = [];
  if (lastS < endS)
    found.push(`the last event is of ${isoDay(lastS)}, before the last day of the horizon (${isoDay(endS)})`);
  if (windowDays < task.horizonDays) {
    found.push(
      `the history holds no label window of ${task.horizonDays} days: ${windowDays} days, and multiples of them`,
    );
  }
  return found;
}

export function isoDay(timeS: number): string {
  return new Date(timeS * 1000).toISOString().slice(0, 10);
}
