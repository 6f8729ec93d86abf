import type { Difference } from '../../../domain/metrics/bootstrap';
import type { ValueDifferences, ValueMeasures } from '../../../domain/metrics/value-judgement';
import type {
  Gain,
  SimulatedEvaluation,
  SimulatedModel,
} from '../../../services/evaluation/simulated/simulated-result';

/** Heading of every table and page about simulated customers. */
export function syntheticHeading({ shop, shopSeed }: SimulatedEvaluation): string {
  return `SYNTHETIC: simulated customers of the ${shop} shop, seed ${shopSeed}; no figure here is of real customers`;
}

const percent = (value: number) => (Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : '–');
const fixed = (places: number) => (value: number) => (Number.isFinite(value) ? value.toFixed(places) : '–');

interface Column {
  readonly title: string;
  readonly text: (measures: ValueMeasures, oracle: ValueMeasures) => string;
}

/** Columns for spend: against what happened, against the true expectation, and the loss from choosing customers by it. */
export const SIMULATED_COLUMNS: readonly Column[] = [
  { title: 'nGini', text: ({ nGini }) => fixed(3)(nGini) },
  { title: 'Spearman', text: ({ spearman }) => fixed(3)(spearman) },
  { title: 'RMSE', text: ({ rmse }) => fixed(1)(rmse) },
  { title: 'true nGini', text: ({ trueNGini }) => fixed(3)(trueNGini) },
  { title: 'true Spearman', text: ({ trueSpearman }) => fixed(3)(trueSpearman) },
  { title: 'true RMSE', text: ({ trueRmse }) => fixed(1)(trueRmse) },
  { title: 'true bias', text: ({ trueBias }) => percent(trueBias) },
  { title: 'top 10 %', text: ({ top10 }) => percent(top10) },
  { title: 'missed', text: ({ top10 }, oracle) => percent(1 - top10 / oracle.top10) },
  { title: 'top 20 %', text: ({ top20 }) => percent(top20) },
  { title: 'missed', text: ({ top20 }, oracle) => percent(1 - top20 / oracle.top20) },
];

/** Measures whose differences are printed. */
const COMPARED: readonly { name: keyof ValueMeasures; title: string; text: (value: number) => string }[] = [
  { name: 'nGini', title: 'nGini', text: fixed(3) },
  { name: 'spearman', title: 'Spearman', text: fixed(3) },
  { name: 'trueNGini', title: 'true nGini', text: fixed(3) },
  { name: 'trueRmse', title: 'true RMSE', text: fixed(2) },
  { name: 'top10', title: 'top 10 %', text: percent },
  { name: 'top20', title: 'top 20 %', text: percent },
];

export function simulatedTable(result: SimulatedEvaluation): string {
  const { models, againstOracle, clicks, seeds } = result;
  const names = Object.keys(models) as SimulatedModel[];
  return [
    syntheticHeading(result),
    simulatedFacts(result),
    '',
    ...aligned([
      ['spend', ...SIMULATED_COLUMNS.map(({ title }) => title)],
      ...names.map((name) => [name, ...SIMULATED_COLUMNS.map(({ text }) => text(models[name]!, models.oracle))]),
    ]),
    '',
    'regret: less the oracle; mean over the seeds, 95 % interval over customers',
    ...aligned([
      ['', ...COMPARED.map(({ title }) => title)],
      ...names.map((name) => [name, ...COMPARED.map((one) => interval(againstOracle[name]![one.name], one.text))]),
    ]),
    '',
    `clicks and browses: ${clicks.events.all} events before the cut, ${clicks.events.ordersOnly} without; judged on the ${clicks.customers} who had ordered`,
    ...aligned([
      ['', ...COMPARED.map(({ title }) => title)],
      ...gainRows('bayes', clicks.bayes),
      ...gainRows('network', clicks.network),
      ...gainRows('served', clicks.served),
    ]),
    `± is the standard deviation over ${seeds.length} seeds`,
    '',
  ].join('\n');
}

export function simulatedFacts(result: SimulatedEvaluation): string {
  const {
    cut,
    horizonDays,
    historyDays,
    customers,
    buyers,
    seeds,
    expectedSpend,
    expectedWithoutCalendar,
    realisedSpend,
  } = result;
  return (
    `cut ${cut}, ${horizonDays} days, ${customers} customers (${buyers} had ordered), ${historyDays} days of history, ${seeds.length} seeds; ` +
    `per customer ${expectedSpend.toFixed(2)} expected (${expectedWithoutCalendar.toFixed(2)} without season and promotions), ${realisedSpend.toFixed(2)} realised`
  );
}

function gainRows(name: string, { all, ordersOnly, difference, seedDeviation }: Gain): string[][] {
  const figures = (of: ValueMeasures) => COMPARED.map((one) => one.text(of[one.name]));
  const noise = (one: (typeof COMPARED)[number]) => (seedDeviation ? ` ± ${one.text(seedDeviation[one.name])}` : '');
  const gained = (differences: ValueDifferences) =>
    COMPARED.map((one) => `${interval(differences[one.name], one.text)}${noise(one)}`);
  return [
    [`${name}, all events`, ...figures(all)],
    [`${name}, orders only`, ...figures(ordersOnly)],
    ['  gained', ...gained(difference)],
  ];
}

function interval({ difference, low, high }: Difference, text: (value: number) => string): string {
  const signed = (value: number) => (Number.isFinite(value) ? `${value < 0 ? '−' : '+'}${text(Math.abs(value))}` : '–');
  return `${signed(difference)} [${signed(low)}, ${signed(high)}]`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, j) => Math.max(...rows.map((row) => row[j]!.length)));
  return rows.map((row) =>
    row
      .map((cell, j) => (j === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[j]!)))
      .join('  ')
      .trimEnd(),
  );
}
