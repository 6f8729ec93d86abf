/**
 * How often the gate promotes a challenger that is no better, and how soon one that is. Simulated years: customers with rates of their own,
 * seasons that hit one half of them more than the other, a look every day, trials one after the other as in the trainer. The gate's own code
 * judges.
 *   npm run bench -- gate --years 1000
 */
import { parseArgs } from 'node:util';
import { expectedOrders } from '../src/domain/distribution/order-curve';
import { SECONDS_PER_DAY } from '../src/domain/event';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../src/domain/label-intervals';
import { drawGamma, drawLognormal, drawNormal, drawPoisson, mulberry32, type Random } from '../src/domain/math/random';
import {
  ALPHA_PER_YEAR,
  DEFAULT_GATE,
  earnedAlpha,
  type GateSettings,
  judge,
  type PairedOutputs,
} from '../src/domain/promotion/promotion-gate';
import type { HeadOutputs } from '../src/domain/scoring/model';
import { DEFAULT_TRAINER_SETTINGS } from '../src/services/trainer/settings';

const ORDER_VALUE = 5_000;
const SPEND_SIGMA = 0.6;
const DAYS_PER_YEAR = 365;

export const SHORT = ['--years', '1', '--power-years', '1', '--customers', '100'];

/** A shop whose customers are asked by two models that differ in how well they know the rates. */
export interface GateWorld {
  readonly customers: number;
  /** Standard deviation of each model's error of a customer's log rate. */
  readonly championError: number;
  readonly challengerError: number;
  /** Standard deviation of a week's effect on the log rate, with opposite signs for the two halves of the customers. */
  readonly season: number;
  readonly settings: GateSettings;
}

export interface YearOfTrials {
  readonly trials: number;
  readonly promotions: number;
  /** Days from the start of the first trial to the first promotion; null without one. */
  readonly firstPromotionDay: number | null;
}

/** One year in which a challenger is tried again and again. It ends with the first promotion if `once`. */
export function yearOfTrials(world: GateWorld, random: Random, once = false): YearOfTrials {
  const { maxTrialDays } = DEFAULT_TRAINER_SETTINGS;
  let [trials, promotions] = [0, 0];
  let firstPromotionDay: number | null = null;
  let started: number | null = null;
  for (let day = 0; day < DAYS_PER_YEAR; ) {
    const alpha = earnedAlpha(started === null ? null : day - started);
    started = day;
    trials++;
    const days = Math.min(maxTrialDays, DAYS_PER_YEAR - day);
    const promotedAfter = trial(world, alpha, days, random);
    if (promotedAfter !== null) {
      promotions++;
      firstPromotionDay ??= day + promotedAfter;
      if (once) break;
    }
    // The next round is at the end of a week.
    day += 7 * Math.ceil((promotedAfter ?? days) / 7);
  }
  return { trials, promotions, firstPromotionDay };
}

/** The day of the trial on which the challenger passes; null if it does not. */
function trial(world: GateWorld, alpha: number, days: number, random: Random): number | null {
  const questions = questionsOf(world, days, random);
  for (let day = 2; day <= days; day++) {
    const pairs = questions.filter(({ day: asked }) => asked < day).map((question) => pairAt(question, day));
    if (judge(pairs, { alpha, of: 'challenger' }, world.settings).promote) return day;
  }
  return null;
}

interface Question {
  readonly day: number;
  readonly pair: Omit<PairedOutputs, 'label'>;
  readonly orders: readonly number[];
  readonly values: readonly number[];
}

function questionsOf(world: GateWorld, days: number, random: Random): Question[] {
  const weeks = Array.from({ length: Math.ceil(days / 7) + 1 }, () => world.season * drawNormal(random));
  const every = DEFAULT_TRAINER_SETTINGS.originEveryDays;
  return Array.from({ length: world.customers }, (_, c) => {
    const rate = drawGamma(random, 1, 20);
    const said = (error: number) => outputsOf(rate * Math.exp(error * drawNormal(random)));
    const [champion, challenger] = [said(world.championError), said(world.challengerError)];
    const own: Question[] = [];
    for (let day = Math.floor(random() * every); day < days; day += every) {
      const season = weeks[Math.floor(day / 7)]! * (c % 2 === 0 ? 1 : -1);
      const truth = outputsOf(rate * Math.exp(season)).curve;
      const orders = Array.from({ length: INTERVALS }, (_, k) =>
        drawPoisson(
          random,
          expectedOrders(truth, INTERVAL_EDGES_DAYS[k + 1]!) - expectedOrders(truth, INTERVAL_EDGES_DAYS[k]!),
        ),
      );
      const values = orders.map((count) => {
        let sum = 0;
        for (let n = 0; n < count; n++)
          sum += drawLognormal(random, Math.log(ORDER_VALUE) - SPEND_SIGMA ** 2 / 2, SPEND_SIGMA);
        return Math.round(sum);
      });
      const pair = { customerId: `c${c}`, atS: day * SECONDS_PER_DAY, segment: 1 + (c % 3), champion, challenger };
      own.push({ day, pair, orders, values });
    }
    return own;
  }).flat();
}

function pairAt({ day: asked, pair, orders, values }: Question, day: number): PairedOutputs {
  let closedIntervals = 0;
  while (closedIntervals < INTERVALS && INTERVAL_EDGES_DAYS[closedIntervals + 1]! <= day - asked) closedIntervals++;
  const closed = (all: readonly number[]) => all.slice(0, closedIntervals).reduce((sum, one) => sum + one, 0);
  const ordered = closed(values);
  return {
    ...pair,
    label: { closedIntervals, orders, orderedMinor: ordered, valuedOrders: closed(orders), spendMinor: ordered },
  };
}

function outputsOf(ratePerDay: number): HeadOutputs {
  return {
    curve: { ratePerDay, scaleDays: 90, shape: 0.5 },
    dispersion: 0.5,
    orderValueMinor: ORDER_VALUE,
    logSpendSigma: SPEND_SIGMA,
  };
}

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      years: { type: 'string', default: '1000' },
      customers: { type: 'string', default: '300' },
      season: { type: 'string', default: '0.2' },
      seed: { type: 'string', default: '1' },
      'power-years': { type: 'string', default: '20' },
    },
  });
  const random = mulberry32(Number(values.seed));
  const season = Number(values.season);
  const settings = { ...DEFAULT_GATE, minOrigins: DEFAULT_TRAINER_SETTINGS.gate.minOrigins };
  const years = Number(values.years);
  const powerYears = Number(values['power-years']);
  // The hardest null: no least gain, so that an equal challenger is at the edge.
  const equal = {
    customers: Number(values.customers),
    championError: 0.3,
    challengerError: 0.3,
    season,
    settings: { ...settings, leastGain: 0 },
  };
  let [trials, promotions] = [0, 0];
  for (let year = 1; year <= years; year++) {
    const one = yearOfTrials(equal, random);
    trials += one.trials;
    promotions += one.promotions;
    if (year % 50 === 0) process.stderr.write(`${year} years: ${trials} trials, ${promotions} false promotions\n`);
  }
  if (years > 0)
    console.log(
      `An equal challenger: ${promotions} promotions in ${years} years (${trials} trials): ${(promotions / years).toFixed(4)} a year, upper 95 % bound ` +
        `${upperRate(promotions, years).toFixed(4)}; budget ${ALPHA_PER_YEAR}`,
    );
  for (const customers of [1_000, 4_000]) {
    for (const championError of powerYears === 0 ? [] : [0.19, 0.4, 0.6]) {
      const world = { customers, championError, challengerError: 0.1, season, settings };
      const firsts = Array.from({ length: powerYears }, () => yearOfTrials(world, random, true));
      const promoted = firsts
        .flatMap(({ firstPromotionDay: day }) => (day === null ? [] : [day]))
        .sort((a, b) => a - b);
      const median = promoted[Math.floor(firsts.length / 2)];
      console.log(
        `${customers} customers, error of the log rate ${championError} → 0.1 (loss ${(100 * lossShare(world, random)).toFixed(1)} % lower): promoted in ` +
          `${promoted.length} of ${firsts.length} years, median ${median === undefined ? 'never' : `${(median / 7).toFixed(1)} weeks`}`,
      );
    }
  }
}

/** By how much the challenger's loss is lower, as a share of the champion's, on many questions. */
function lossShare(world: GateWorld, random: Random): number {
  const pairs = questionsOf({ ...world, customers: 5_000 }, 56, random).map((question) => pairAt(question, 100));
  const { championLoss, improvement } = judge(pairs, { alpha: 1, of: 'challenger' }, world.settings);
  return improvement / Math.abs(championLoss);
}

/** Upper 95 % bound of a Poisson rate (Garwood), by bisection. */
function upperRate(events: number, years: number): number {
  const below = (mean: number) => {
    let [term, sum] = [Math.exp(-mean), 0];
    for (let k = 0; k <= events; k++) {
      sum += term;
      term *= mean / (k + 1);
    }
    return sum;
  };
  let [low, high] = [events, events + 10 + 5 * Math.sqrt(events + 1)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (below(middle) > 0.05) low = middle;
    else high = middle;
  }
  return high / years;
}
