import { join } from 'node:path';
import { writeWhole } from '../../adapters/files/whole-file';
import type { CustomerEvent } from '../../domain/event';
import { cappedAmounts, typicalOrderBefore } from '../../domain/state/capped-amounts';
import type { Learner } from '../../ports/learner';
import { type HyperParameters, withHyperParameters } from '../../services/fit/hyper-parameters';
import { crossValidate } from '../../services/fit/search/cross-validation';
import { rungsOf } from '../../services/fit/search/halving';
import { search } from '../../services/fit/search/search';
import { drawSearchRun } from '../../services/fit/search/space';
import { rollingSplits } from '../../services/fit/search/splits';
import type { TrainingSetup } from '../options/training-options';
import { searchChart } from '../reports/fit/search-chart';
import { searchTable, valuesLine } from '../reports/fit/search-table';
import { eventSpan } from './history';
import { SearchLog } from './search-log';

/** With fewer customers, two trainings differ by chance only. */
const LEAST_CUSTOMERS = 500;

export interface SearchTask {
  readonly trials: number;
  readonly folds: number;
  readonly seed: number;
  /** In the order of event time. */
  readonly events: readonly CustomerEvent[];
  readonly endS: number;
  readonly minorPerMajor: number;
  /** Set by the user, therefore not searched. */
  readonly fixed: HyperParameters;
  readonly setup: TrainingSetup;
}

/** The result of the search, for the model card. */
export interface SearchFinding {
  readonly trials: number;
  readonly folds: readonly { readonly cut: string; readonly windowDays: number }[];
  readonly winner: number;
  readonly values: HyperParameters;
  /** Mean loss over the splits, in nats per customer. */
  readonly loss: number;
  /** Loss of the defaults in the last rung that they reached. */
  readonly defaults: { readonly customers: number; readonly loss: number | null };
}

/** Searches, writes every search run to `search.jsonl` in the folder, and draws `search.svg`. `say` prints a line. */
export async function runSearch(
  task: SearchTask,
  folder: string,
  learner: Learner,
  say: (line: string) => void,
): Promise<SearchFinding> {
  const { trials, seed, endS, minorPerMajor, fixed, setup } = task;
  const events = cappedAmounts(task.events, typicalOrderBefore(task.events, endS));
  const customers = new Set(events.flatMap(({ kind, customerId }) => (kind === 'profile' ? [] : [customerId]))).size;
  const firstS = eventSpan(events)?.firstS ?? endS;
  const splits = rollingSplits(firstS, endS, task.folds);
  const rungs = rungsOf(trials, customers, LEAST_CUSTOMERS);
  const { start, ...options } = setup.options;
  const startedFrom = setup.start?.model.version ?? null;
  const data = { events: events.length, customers, firstS, endS, amountMinor: sum(events) };
  const log = await SearchLog.open(join(folder, 'search.jsonl'), {
    trials,
    seed,
    folds: splits,
    rungs,
    fixed,
    startedFrom,
    options,
    data,
  });
  if (log.earlier.length > 0) say(`continuing search.jsonl: it holds ${log.earlier.length} trainings`);
  const values = Array.from({ length: trials }, (_, trial) =>
    drawSearchRun(trial, { seed, fixed, fromWeights: setup.start !== null }),
  );
  const runs = rungs.reduce((total, rung) => total + rung.trials, 0);
  let done = log.earlier.length;
  const { records, winner } = await search(
    { rungs, values },
    {
      earlier: log.earlier,
      run: async (trial, rung) => {
        const share = Math.round(rungs[rung]!.share * customers);
        const options = { ...setup.options, seed, minorPerMajor };
        const scores = await crossValidate({ events, splits, customers: share }, values[trial]!, options, learner);
        return { rung, trial, customers: share, values: values[trial]!, ...scores };
      },
      onRecord: async (record) => {
        await log.add(record);
        const loss = record.score === null ? 'could not be trained' : `loss ${record.score.toFixed(4)}`;
        const tried = valuesLine(record.values);
        say(
          `search ${++done} of ${runs}: run ${record.trial} on ${record.customers} customers, ${loss} (${tried || 'the defaults'})`,
        );
      },
    },
  );
  for (const line of searchTable(records)) say(line);
  const chart = { option: '--out', path: join(folder, 'search.svg') };
  await writeWhole(chart, searchChart(records, winner.trial));
  const ofDefaults = records.findLast(({ trial }) => trial === 0)!;
  return {
    trials,
    folds: splits.map(({ cutS, windowDays }) => ({ cut: new Date(cutS * 1000).toISOString(), windowDays })),
    winner: winner.trial,
    values: winner.values,
    loss: winner.score!,
    defaults: { customers: ofDefaults.customers, loss: ofDefaults.score },
  };
}

/** The setup with the hyper-parameters that the search chose. */
export function tunedSetup(setup: TrainingSetup, { values }: SearchFinding): TrainingSetup {
  return { ...setup, options: withHyperParameters(setup.options, values) };
}

function sum(events: readonly CustomerEvent[]): number {
  return events.reduce((total, { amountMinor }) => total + amountMinor, 0);
}
