import { expectedOrders } from '../distribution/order-curve';
import { SECONDS_PER_DAY } from '../event';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../label-intervals';
import { type NetworkWeights, WEIGHT_TENSORS } from '../network/weights';
import { type LossParts, lossParts, type OriginLabel, sumOfParts } from '../scoring/example';
import type { HeadOutputs } from '../scoring/model';
import { ORDER_SEGMENTS } from '../state/order-segments';
import { type Evidence, eValue, evidenceOf, type Gain } from './evidence';

/** The outputs of both models at one question asked after the challenger was made: the same snapshot, instant and label. */
export interface PairedOutputs {
  readonly customerId: string;
  readonly atS: number;
  /** Order segment at the question. */
  readonly segment: number;
  readonly champion: HeadOutputs;
  readonly challenger: HeadOutputs;
  readonly label: OriginLabel;
}

export interface GateSettings {
  /** Minimum number of questions with a closed interval. With fewer, the gate decides nothing. */
  readonly minOrigins: number;
  /** Least mean gain that is worth a release, as a share of the champion's loss. */
  readonly leastGain: number;
  /** A part of the loss may be worse by this share of the champion's part, beyond noise. */
  readonly partTolerance: number;
  /** Predicted ÷ actual spend per order: how much further from 1 the challenger's may be than the champion's, as |ln|. */
  readonly valueTolerance: number;
  /** How much the challenger's expected orders may depart from the champion's beyond the longest matured label, as |ln|. */
  readonly openTolerance: number;
}

export const DEFAULT_GATE: GateSettings = {
  minOrigins: 200,
  leastGain: 0.002,
  partTolerance: 0.005,
  valueTolerance: 0.05,
  openTolerance: 0.2,
};

export interface GateTrial {
  /** Chance of a false promotion that this trial may spend. */
  readonly alpha: number;
  /**
   * A new challenger must be better apart from the level, and worse in no part: the level of whichever model is in force is mended on the
   * stream, so a passing one counts for neither. The champion before the last change has been in force already, so only the total loss
   * counts, with the level.
   */
  readonly of: 'challenger' | 'previous';
}

export interface GateFigures {
  readonly origins: number;
  readonly customers: number;
  readonly closedIntervals: number;
  /** Mean loss per origin, nats. */
  readonly championLoss: number;
  readonly challengerLoss: number;
  /** Mean of champion's less challenger's loss, nats, and the same less the least gain, in standard errors. */
  readonly improvement: number;
  readonly z: number;
  /** Evidence that the challenger is better by at least the least gain, and the value it must reach. */
  readonly eValue: number;
  readonly neededEValue: number;
  /** |ln(predicted orders ÷ actual orders)| over the closed intervals, before any levelling. */
  readonly championMiscalibration: number;
  readonly challengerMiscalibration: number;
}

/**
 * - non-finite: a weight, a head output or a loss of the challenger is not a finite number.
 * - too-few-origins: not enough labels have matured to decide.
 * - worse: its loss is higher beyond noise.
 * - undecided: the evidence does not suffice yet.
 * - part-worse: the loss of the order value, of the spend, of some horizon or of some segment is higher beyond noise.
 * - value-off: its total of spend per order is further off than the champion's.
 * - open-horizon: it departs from the champion where no label has matured.
 */
export type GateRefusal =
  | 'non-finite'
  | 'too-few-origins'
  | 'worse'
  | 'undecided'
  | 'part-worse'
  | 'value-off'
  | 'open-horizon';

export type GateVerdict = GateFigures &
  (
    | { readonly promote: true }
    | { readonly promote: false; readonly reason: GateRefusal /** What is worse. */; readonly detail?: string }
  );

/** Whether every weight is a finite number. */
export function finiteWeights(weights: NetworkWeights): boolean {
  return WEIGHT_TENSORS.every((name) => weights[name].every(Number.isFinite));
}

/** z beyond which a loss is higher beyond noise: 1 of 100 equal models by chance, at one look. */
const WORSE_Z = 2.33;
const WEEK_S = 7 * SECONDS_PER_DAY;

/**
 * Compares the challenger with the champion by paired matured loss on questions that were asked after the challenger was made, so neither
 * knew their answers. Call it as often as labels mature: the chance that a challenger that is not better by the least gain ever passes is at
 * most the trial's alpha. Questions without a closed interval carry no information and are left out.
 */
export function judge(pairs: readonly PairedOutputs[], trial: GateTrial, settings: GateSettings): GateVerdict {
  const matured = pairs.filter((pair) => pair.label.closedIntervals > 0);
  const rows = losses(trial.of === 'challenger' ? levelled(matured) : matured);
  const { figures, total } = figuresOf(matured, rows, trial, settings);
  const refuse = (reason: GateRefusal, detail?: string): GateVerdict =>
    detail === undefined ? { promote: false, reason, ...figures } : { promote: false, reason, detail, ...figures };
  if (matured.length > 0 && !Number.isFinite(figures.challengerLoss + figures.challengerMiscalibration)) {
    return refuse('non-finite');
  }
  if (matured.length < settings.minOrigins) return refuse('too-few-origins');
  if (total.z <= -WORSE_Z) return refuse('worse');
  if (!(figures.eValue >= figures.neededEValue)) return refuse('undecided');
  if (trial.of === 'previous') return { promote: true, ...figures };
  const part = worsePart(rows, settings.partTolerance);
  if (part !== null) return refuse('part-worse', part);
  const [before, after] = [valueError(matured, 'champion'), valueError(matured, 'challenger')];
  if (after > before + settings.valueTolerance) {
    return refuse('value-off', `spend per order off by ${percentOff(before)} → ${percentOff(after)}`);
  }
  const departure = openDeparture(matured);
  if (departure.by > settings.openTolerance) {
    return refuse('open-horizon', `orders of ${departure.days} days change by ${percentOff(departure.by)}`);
  }
  return { promote: true, ...figures };
}

/** A row with both losses. */
interface LossRow {
  readonly pair: PairedOutputs;
  readonly champion: LossParts;
  readonly challenger: LossParts;
}

const losses = (pairs: readonly PairedOutputs[]): LossRow[] =>
  pairs.map((pair) => ({
    pair,
    champion: lossParts(pair.champion, pair.label),
    challenger: lossParts(pair.challenger, pair.label),
  }));

/** Both models brought to the total of orders that came. */
function levelled(pairs: readonly PairedOutputs[]): PairedOutputs[] {
  const [champion, challenger] = [levelOf(pairs, 'champion'), levelOf(pairs, 'challenger')];
  return pairs.map((pair) => ({
    ...pair,
    champion: scaled(pair.champion, champion),
    challenger: scaled(pair.challenger, challenger),
  }));
}

function scaled(outputs: HeadOutputs, factor: number): HeadOutputs {
  const { curve } = outputs;
  return { ...outputs, curve: { ...curve, ratePerDay: curve.ratePerDay * factor } };
}

/** Half an order is added on both sides, so that a period without orders gives a finite number. */
function levelOf(pairs: readonly PairedOutputs[], side: 'champion' | 'challenger'): number {
  let [predicted, actual] = [0.5, 0.5];
  for (const pair of pairs) {
    const { closedIntervals, orders } = pair.label;
    predicted += expectedOrders(pair[side].curve, INTERVAL_EDGES_DAYS[closedIntervals]!);
    for (let k = 0; k < closedIntervals; k++) actual += orders[k]!;
  }
  return actual / predicted;
}

function gainsOf(rows: readonly LossRow[], of: (parts: LossParts) => number, less = 0): Gain[] {
  return rows.map(({ pair, champion, challenger }) => ({
    customerId: pair.customerId,
    week: Math.floor(pair.atS / WEEK_S),
    gain: of(champion) - of(challenger) - less,
  }));
}

function figuresOf(
  matured: readonly PairedOutputs[],
  rows: readonly LossRow[],
  { alpha }: GateTrial,
  { leastGain }: GateSettings,
): { readonly figures: GateFigures; readonly total: Evidence } {
  const mean = (of: (row: LossRow) => number) => rows.reduce((sum, row) => sum + of(row), 0) / Math.max(1, rows.length);
  const total = evidenceOf(gainsOf(rows, sumOfParts));
  // A loss may be negative. Its size is that of the champion's losses.
  const worth = leastGain * mean(({ champion }) => Math.abs(sumOfParts(champion)));
  const beyond = evidenceOf(gainsOf(rows, sumOfParts, worth));
  const figures = {
    origins: rows.length,
    customers: total.customers,
    closedIntervals: matured.reduce((sum, { label }) => sum + label.closedIntervals, 0),
    championLoss: mean(({ champion }) => sumOfParts(champion)),
    challengerLoss: mean(({ challenger }) => sumOfParts(challenger)),
    improvement: total.mean,
    z: beyond.z,
    eValue: eValue(beyond),
    neededEValue: 1 / alpha,
    championMiscalibration: Math.abs(Math.log(levelOf(matured, 'champion'))),
    challengerMiscalibration: Math.abs(Math.log(levelOf(matured, 'challenger'))),
  };
  return { figures, total };
}

/** Groups of label intervals that are judged each for itself: up to a week, a month, a quarter, and a year. */
const HORIZONS = [
  { days: 7, from: 0 },
  { days: 30, from: 3 },
  { days: 90, from: 5 },
  { days: 365, from: 7 },
] as const;

/** The part of the loss that is worse beyond noise and beyond the tolerance. null if there is none. */
function worsePart(rows: readonly LossRow[], tolerance: number): string | null {
  const horizons = HORIZONS.map(({ days, from }, i) => ({
    name: `orders within ${days} days`,
    of: ({ intervals }: LossParts) =>
      intervals.slice(from, HORIZONS[i + 1]?.from ?? INTERVALS).reduce((sum, part) => sum + part, 0),
    rows,
  }));
  const segments = ORDER_SEGMENTS.map(({ name }, segment) => ({
    name: `customers with ${name} orders`,
    of: sumOfParts,
    rows: rows.filter(({ pair }) => pair.segment === segment),
  }));
  const parts = [
    { name: 'number of orders', of: ({ count }: LossParts) => count, rows },
    { name: 'order value', of: ({ value }: LossParts) => value, rows },
    { name: 'spend', of: ({ spend }: LossParts) => spend, rows },
    ...horizons,
    ...segments,
  ];
  for (const { name, of, rows: members } of parts) {
    const { mean, z } = evidenceOf(gainsOf(members, of));
    const size = members.reduce((sum, { champion }) => sum + Math.abs(of(champion)), 0) / Math.max(1, members.length);
    if (z <= -WORSE_Z && mean < -tolerance * size) return `${name} worse by ${((-100 * mean) / size).toFixed(1)} %`;
  }
  return null;
}

/** |ln(predicted ÷ actual spend)| of the orders that came: the error of the order value alone. */
function valueError(pairs: readonly PairedOutputs[], side: 'champion' | 'challenger'): number {
  let [predicted, actual] = [0, 0];
  for (const pair of pairs) {
    const { valuedOrders, orderedMinor } = pair.label;
    predicted += valuedOrders * pair[side].orderValueMinor;
    actual += orderedMinor;
  }
  return predicted > 0 && actual > 0 ? Math.abs(Math.log(predicted / actual)) : 0;
}

/**
 * The largest change of the total of orders at a horizon that no label has reached, beyond the change at the longest one reached. The
 * champion stands for what is not known yet.
 */
function openDeparture(pairs: readonly PairedOutputs[]): { readonly days: number; readonly by: number } {
  const reached = pairs.reduce((most, { label }) => Math.max(most, label.closedIntervals), 0);
  const change = (days: number) => {
    let [champion, challenger] = [1e-9, 1e-9];
    for (const pair of pairs) {
      champion += expectedOrders(pair.champion.curve, days);
      challenger += expectedOrders(pair.challenger.curve, days);
    }
    return Math.log(challenger / champion);
  };
  const known = change(INTERVAL_EDGES_DAYS[reached] || 1);
  let largest = { days: 0, by: 0 };
  for (const days of INTERVAL_EDGES_DAYS.slice(reached + 1)) {
    const by = Math.abs(change(days) - known);
    if (by > largest.by) largest = { days, by };
  }
  return largest;
}

function percentOff(log: number): string {
  return `${(100 * Math.expm1(log)).toFixed(1)} %`;
}

/** Chance of false promotions that a deployment may spend per year. */
export const ALPHA_PER_YEAR = 0.05;
/** Time for which alpha is saved at most, days. So a quiet year does not make the next trial a gamble. */
const MOST_SAVED_DAYS = 56;

/** The alpha of a trial that starts `days` after the one before it: what has been earned since. A first trial gets four weeks' worth. */
export function earnedAlpha(days: number | null): number {
  return (ALPHA_PER_YEAR * Math.min(days ?? 28, MOST_SAVED_DAYS)) / 365;
}
