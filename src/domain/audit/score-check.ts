import type { ChangeSplit, ClvUpdate } from '../update';

/** exp and log differ in the last bits between machines. A larger difference means that another model made the score. */
const SCORE_TOLERANCE = 1e-5;

/** Which parts of the split can be computed: all, the event's only (if the value published before is unknown), or none. */
export type KnownSplit = 'all' | 'event' | 'none';

/** Names of the fields of an update that differ from the named model's result for the same state. */
export function scoreFaults(update: ClvUpdate, expected: ClvUpdate, known: KnownSplit): string[] {
  const faults: string[] = [];
  const hold = (field: string, found: number | null, right: number | null, scale = 0) => {
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
  hold('churnProbability', p.churnProbability, e.churnProbability);
  ['P25', 'P50', 'P75'].forEach((quartile, i) => {
    hold(`nextOrderDays${quartile}`, p.nextOrderDays[i]!, e.nextOrderDays[i]!);
  });
  ['P10', 'P50', 'P90'].forEach((quantile, i) => {
    hold(`clv365d${quantile}`, p.clv365Quantiles[i]!, e.clv365Quantiles[i]!);
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

function close(a: number | null, b: number | null, scale = 0): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= SCORE_TOLERANCE * Math.max(Math.abs(a), Math.abs(b), scale);
}
