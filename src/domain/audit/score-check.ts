import { LONGEST_WAIT_DAYS, orderProbability } from '../distribution/order-curve';
import { spendProbability } from '../distribution/spend-distribution';
import type { HeadOutputs } from '../scoring/model';
import { NEXT_ORDER_LEVELS, SPEND_LEVELS, spendOf } from '../scoring/prediction';
import type { ChangeSplit, ClvUpdate } from '../update';

/**
 * exp and log differ in the last bits between machines, and versions of the program may add in another order. A larger difference means
 * that another model made the score. Relative; for the probability of churn absolute.
 */
const SCORE_TOLERANCE = 1e-5;
/** Of the probability that a quantile reaches. For an ordinary quantile it says about the same as a relative {@link SCORE_TOLERANCE}. */
const LEVEL_TOLERANCE = 1e-6;

/** Which parts of the split can be computed: all, the event's only (if the value published before is unknown), or none. */
export type KnownSplit = 'all' | 'event' | 'none';

/**
 * Names of the fields of an update that differ from the named model's result for the same state. `outputs`: the heads' output that
 * `expected` was made of. A quantile is right if its number is, or if its probability is. Where the distribution is flat, its number
 * moves far with the last bits: beside the atom at no spend, and where the expected orders hardly grow any more.
 */
export function scoreFaults(update: ClvUpdate, expected: ClvUpdate, outputs: HeadOutputs, known: KnownSplit): string[] {
  const faults: string[] = [];
  const hold = (field: string, found: number, right: number, scale = 0) => {
    if (!close(found, right, scale)) faults.push(field);
  };
  const [p, e] = [update.prediction, expected.prediction];
  const horizons = ['30d', '90d', '365d'];
  horizons.forEach((horizon, i) => {
    hold(`predictedOrders${horizon}`, p.orders[i]!, e.orders[i]!);
    hold(`predictedRevenue${horizon}`, p.revenue[i]!, e.revenue[i]!);
    hold(`predictedClv${horizon}`, p.clv[i]!, e.clv[i]!);
  });
  ['7d', '30d', '90d', '365d'].forEach((horizon, i) => {
    hold(`orderProbability${horizon}`, p.orderProbability[i]!, e.orderProbability[i]!);
  });
  hold('churnProbability', p.churnProbability, e.churnProbability, 1);
  ['P25', 'P50', 'P75'].forEach((quartile, i) => {
    const [found, right] = [p.nextOrderDays[i]!, e.nextOrderDays[i]!];
    if (!isWait(found, right, NEXT_ORDER_LEVELS[i]!, outputs)) faults.push(`nextOrderDays${quartile}`);
  });
  const spend = spendOf(e, outputs);
  ['P10', 'P50', 'P90'].forEach((quantile, i) => {
    const [found, right] = [p.clv365Quantiles[i]!, e.clv365Quantiles[i]!];
    if (!close(found, right) && !reaches(spendProbability(spend, found), SPEND_LEVELS[i]!)) {
      faults.push(`clv365d${quantile}`);
    }
  });
  hold('value', update.value, expected.value);
  return [...faults, ...splitFaults(update.change, expected, known)];
}

function splitFaults(change: ChangeSplit, expected: ClvUpdate, known: KnownSplit): string[] {
  const scale = Math.max(Math.abs(expected.value), Math.abs(expected.change.previous));
  const parts: readonly (keyof ChangeSplit)[] =
    known === 'all' ? ['model', 'silence', 'event'] : known === 'event' ? ['event'] : [];
  return parts.filter((part) => !close(change[part], expected.change[part], scale)).map((part) => `${part}Effect`);
}

/** null: longer than {@link LONGEST_WAIT_DAYS}, where the probability is below the level. */
function isWait(found: number | null, right: number | null, level: number, outputs: HeadOutputs): boolean {
  if (found === null && right === null) return true;
  if (found !== null && right !== null && close(found, right)) return true;
  const days = found ?? LONGEST_WAIT_DAYS;
  return days <= LONGEST_WAIT_DAYS && reaches(orderProbability(outputs.curve, outputs, days), level);
}

function reaches(probability: number, level: number): boolean {
  return Math.abs(probability - level) <= LEVEL_TOLERANCE;
}

function close(a: number, b: number, scale = 0): boolean {
  return Math.abs(a - b) <= SCORE_TOLERANCE * Math.max(Math.abs(a), Math.abs(b), scale);
}
