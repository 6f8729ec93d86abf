import type { HyperParameters } from '../hyper-parameters';
import { best, type Rung } from './halving';

/** The search run that changes nothing. */
const DEFAULTS = 0;

/** The result of one search run in one rung. `trial` and `folds` are keys of search.jsonl, which keep their names. */
export interface SearchRunRecord {
  /** From 0. */
  readonly rung: number;
  readonly trial: number;
  readonly customers: number;
  readonly values: HyperParameters;
  /** Loss of each split, nats per customer. Null if it could not be trained. */
  readonly folds: readonly (number | null)[];
  /** Mean of the losses; null if one is missing. Less is better. */
  readonly score: number | null;
}

export interface SearchPlan {
  readonly rungs: readonly Rung[];
  /** By search run. */
  readonly values: readonly HyperParameters[];
}

export interface SearchPorts {
  /** Records of an earlier, interrupted run of the same plan. */
  readonly earlier: readonly SearchRunRecord[];
  run(trial: number, rung: number): Promise<SearchRunRecord>;
  /** Called with each new record when its run is finished. */
  onRecord(record: SearchRunRecord): Promise<void>;
}

export interface SearchOutcome {
  /** In the order in which they were run. */
  readonly records: readonly SearchRunRecord[];
  readonly winner: SearchRunRecord;
}

/** No search run could be trained. */
export class SearchFailed extends Error {}

/** Runs the rungs one after the other. Runs in `earlier` are not repeated, so a killed search can be resumed with the same result. */
export async function search({ rungs, values }: SearchPlan, ports: SearchPorts): Promise<SearchOutcome> {
  const earlier = new Map(ports.earlier.map((record) => [`${record.rung}/${record.trial}`, record]));
  const records: SearchRunRecord[] = [];
  let trials = values.map((_, trial) => trial);
  let last: SearchRunRecord[] = [];
  for (const [rung, { trials: size }] of rungs.entries()) {
    trials = rung === 0 ? trials : survivors(last, size);
    last = [];
    // In the order of their numbers, not of their ranks: the file and a resumed search then have the same order.
    for (const trial of [...trials].sort((a, b) => a - b)) {
      const before = earlier.get(`${rung}/${trial}`);
      const record = before ?? (await ports.run(trial, rung));
      if (!before) await ports.onRecord(record);
      last.push(record);
      records.push(record);
    }
  }
  const [first] = best(last.map(scored), 1);
  const winner = last.find(({ trial }) => trial === first)!;
  if (winner.score === null)
    throw new SearchFailed('no search run could be trained: the history is too short for the splits');
  return { records, winner };
}

/** The best search runs, always including the defaults: the gain of a search is measured against them, on the same customers. */
function survivors(last: readonly SearchRunRecord[], size: number): number[] {
  const kept = best(last.map(scored), size);
  return kept.includes(DEFAULTS) ? kept : [...kept.slice(0, size - 1), DEFAULTS];
}

function scored({ trial, score }: SearchRunRecord) {
  return { trial, score: score ?? Number.POSITIVE_INFINITY };
}
