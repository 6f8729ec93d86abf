import { expectedOrders } from '../../domain/distribution/order-curve';
import type { CustomerEvent } from '../../domain/event';
import { type HistoryOrigin, HistoryOrigins } from '../../domain/labels/history-origins';
import { labelOf } from '../../domain/labels/origins';
import { mulberry32 } from '../../domain/math/random';
import { spearman } from '../../domain/metrics/rank-correlation';
import { exampleLoss, type OriginLabel } from '../../domain/scoring/example';
import type { Model } from '../../domain/scoring/model';
import { Scorer } from '../../domain/scoring/scorer';
import { emptyState } from '../../domain/state/sequence-state';

export interface DifferenceOptions {
  /** The cut of the history, seconds. Label intervals that end after it are open. */
  readonly endS: number;
  readonly minorPerMajor: number;
  /** Seed for drawing the forecast origins. */
  readonly seed: number;
}

/** Comparison of the models `other` and `full` on the same forecast origins. */
export interface ModelDifference {
  /** Number of origins with a closed interval. */
  readonly origins: number;
  readonly customers: number;
  /** Mean `exampleLoss`, nats. */
  readonly loss: { readonly full: number; readonly other: number };
  /** Rank correlation of expected and actual orders within 90 days, on origins whose 90 days are complete. */
  readonly spearman90: { readonly full: number; readonly other: number };
  /** Rank correlation of the two models' 365-day CLV. */
  readonly spearmanOutputs: number;
  /** |other − full| ÷ full of the 365-day CLV, for customers with a value of at least one major unit. */
  readonly relativeChange: { readonly median: number; readonly largest: number };
  /** Sum of the 365-day CLV, other ÷ full − 1. */
  readonly totalChange: number;
}

const RANKED_DAYS = 90;
/** Intervals up to {@link RANKED_DAYS}. */
const RANKED_INTERVALS = 7;
const LEAST_CLV = 1;

interface Answer {
  readonly loss: number;
  readonly orders90: number;
  readonly clv: number;
}

/** Both models must have the same window, because they score the same states. Events in event-time order. */
export function modelDifference(
  full: Model,
  other: Model,
  events: Iterable<CustomerEvent>,
  options: DifferenceOptions,
): ModelDifference {
  const history = new HistoryOrigins({
    window: full.settings.window,
    endS: options.endS,
    uniformPerCustomer: 2,
    afterOrder: 0.2,
    afterOther: 0.02,
    mostAfterEvents: 2,
    random: mulberry32(options.seed),
  });
  for (const event of events) history.add(event);
  history.finish();
  const labelled = history.origins
    .map((origin) => ({ origin, label: labelOf(origin, options.endS) }))
    .filter(({ label }) => label.closedIntervals > 0);
  const answers = [full, other].map((model) => {
    const scorer = new Scorer(model, options.minorPerMajor);
    return labelled.map(({ origin, label }) => answer(scorer, origin, label));
  }) as [Answer[], Answer[]];
  const known = labelled
    .map(({ label }, i) => ({ label, i }))
    .filter(({ label }) => label.closedIntervals >= RANKED_INTERVALS);
  const came = known.map(({ label }) => Array.from(label.orders).slice(0, RANKED_INTERVALS).reduce(add, 0));
  const ranked = (given: Answer[]) =>
    spearman(
      known.map(({ i }) => given[i]!.orders90),
      came,
    );
  const [ofFull, ofOther] = answers.map((given) => given.map(({ clv }) => clv)) as [number[], number[]];
  const changes = ofFull
    .map((clv, i) => ({ clv, change: Math.abs(ofOther[i]! / clv - 1) }))
    .filter(({ clv }) => clv >= LEAST_CLV)
    .map(({ change }) => change)
    .sort((a, b) => a - b);
  const meanLoss = (given: Answer[]) => given.map(({ loss }) => loss).reduce(add, 0) / given.length;
  return {
    origins: labelled.length,
    customers: history.customerCount,
    loss: { full: meanLoss(answers[0]), other: meanLoss(answers[1]) },
    spearman90: { full: ranked(answers[0]), other: ranked(answers[1]) },
    spearmanOutputs: spearman(ofFull, ofOther),
    relativeChange: {
      median: changes[Math.floor(changes.length / 2)] ?? 0,
      largest: changes[changes.length - 1] ?? 0,
    },
    totalChange: ofOther.reduce(add, 0) / ofFull.reduce(add, 0) - 1,
  };
}

function answer(scorer: Scorer, { window, summary, atS }: HistoryOrigin, label: OriginLabel): Answer {
  const outputs = scorer.read({ ...emptyState(0), window, summary }, atS);
  return {
    loss: exampleLoss(outputs, label),
    orders90: expectedOrders(outputs.curve, RANKED_DAYS),
    clv: scorer.clv(outputs, 365),
  };
}

function add(a: number, b: number): number {
  return a + b;
}
