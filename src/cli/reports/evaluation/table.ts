import type { Difference } from '../../../domain/metrics/bootstrap';
import type { Judgement } from '../../../domain/metrics/forecast';
import { BASELINES, type BaselineName } from '../../../services/evaluation/baselines';
import { type EvaluationResult, MODELS, type ModelName } from '../../../services/evaluation/evaluation-result';

interface Column {
  readonly title: string;
  readonly text: (judgement: Judgement) => string;
}

const percent = (value: number) => (Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : '–');
const digits = (value: number, places: number) => (Number.isFinite(value) ? value.toFixed(places) : '–');
const scaled = (value: number) => digits(value, value < 10 ? 3 : 1);

/** Columns of the table. The JSON file holds every figure. */
export const COLUMNS: readonly Column[] = [
  { title: 'nGini', text: ({ nGini }) => digits(nGini, 3) },
  { title: 'Spearman', text: ({ spearman }) => digits(spearman, 3) },
  { title: 'AUC', text: ({ auc }) => digits(auc, 3) },
  { title: 'bias', text: ({ bias }) => percent(bias) },
  { title: 'WAPE/10', text: ({ decileWape }) => percent(decileWape) },
  { title: 'MAPE/10', text: ({ decileMape }) => percent(decileMape) },
  { title: 'RMSE', text: ({ rmse }) => scaled(rmse) },
  { title: 'MAE', text: ({ mae }) => scaled(mae) },
  { title: 'R²', text: ({ r2 }) => digits(r2, 2) },
  { title: 'r', text: ({ r }) => digits(r, 3) },
  { title: 'Brier', text: ({ brier }) => digits(brier, 4) },
  { title: 'ECE', text: ({ ece }) => digits(ece, 3) },
  { title: 'F1', text: ({ f1 }) => digits(f1, 3) },
  { title: 'CRPS', text: ({ crps }) => scaled(crps) },
  { title: 'cov 80', text: ({ coverage80 }) => percent(coverage80) },
  { title: 'cov 95', text: ({ coverage95 }) => percent(coverage95) },
];

/** The result of one cut, as text. */
export function evaluationTable(result: EvaluationResult): string {
  const { models, set, cut, horizonDays, customers, seeds, chosenPeers, againstPeers, level } = result;
  const lines = [`${set}, cut ${cut}, ${horizonDays} days, ${customers} customers, ${seeds.length} seeds`];
  for (const side of ['counts', 'spend'] as const) {
    lines.push('', ...aligned(side, modelRows(result, side)));
  }
  lines.push('', 'served model by orders at the cut (spend)');
  for (const [segment, of] of Object.entries(models.served.spend.byOrders)) {
    lines.push(
      `  ${segment.padEnd(4)} ${String(of.customers).padStart(6)} customers, bias ${percent(of.bias)}, nGini ${digits(of.nGini, 3)}, cov 80 ${percent(of.coverage80)}, cov 95 ${percent(of.coverage95)}`,
    );
  }
  lines.push(
    '',
    `best baseline for the total before: ${level.records[0]!.forecaster}; factors ${level.factors.map((f) => digits(f, 3)).join(' ')}`,
  );
  if (seeds.length > 1) lines.push(seedLine(result));
  if (chosenPeers) {
    const { ranking, level: levelBaseline, cut: earlier } = chosenPeers;
    lines.push(`baselines chosen at ${earlier}: ${ranking} for ranking, ${levelBaseline} for the total`);
  }
  for (const [name, why] of comparedBaselines(result)) {
    for (const side of ['counts', 'spend'] as const) {
      const { nGini, spearman } = againstPeers[name]![side];
      lines.push(
        `served − ${name} (${why.join(', ')}), ${side}: nGini ${difference(nGini)}, Spearman ${difference(spearman)}`,
      );
    }
  }
  const sampled = Object.entries(result.regressionRows).filter(([, { rows, of }]) => rows < of);
  for (const [name, { rows, of }] of sampled) lines.push(`${name} trained on a sample of ${rows} of ${of} customers`);
  lines.push(...result.notes);
  return `${lines.join('\n')}\n`;
}

/** The baseline chosen at the previous cut, and those that rank spend best at this one. */
function comparedBaselines({ models, chosenPeers }: EvaluationResult): Map<BaselineName, string[]> {
  const reasons = new Map<BaselineName, string[]>();
  const add = (name: BaselineName, why: string) => reasons.set(name, [...(reasons.get(name) ?? []), why]);
  const best = (of: 'nGini' | 'spearman') =>
    BASELINES.filter((name) => models[name] !== undefined).reduce((a, b) =>
      models[b]!.spend[of] > models[a]!.spend[of] ? b : a,
    );
  if (chosenPeers) add(chosenPeers.ranking, 'chosen before');
  add(best('nGini'), 'best nGini in hindsight');
  add(best('spearman'), 'best Spearman in hindsight');
  return reasons;
}

function seedLine({ seedDeviation: { served } }: EvaluationResult): string {
  const of = (side: 'counts' | 'spend') =>
    `${side} nGini ${digits(served[side].nGini, 4)}, Spearman ${digits(served[side].spearman, 4)}, bias ${percent(served[side].bias)}`;
  return `standard deviation over the seeds, served: ${of('counts')}; ${of('spend')}`;
}

/** The judged models with their figures for orders or spend, in the order of MODELS. */
export function modelRows(
  { models }: EvaluationResult,
  side: 'counts' | 'spend',
): { readonly name: ModelName; readonly judgement: Judgement }[] {
  return MODELS.flatMap((name) => {
    const judged = models[name];
    return judged === undefined ? [] : [{ name, judgement: judged[side] }];
  });
}

function aligned(side: string, models: ReturnType<typeof modelRows>): string[] {
  const rows = [
    [side, ...COLUMNS.map(({ title }) => title)],
    ...models.map(({ name, judgement }) => [name, ...COLUMNS.map(({ text }) => text(judgement))]),
  ];
  const widths = rows[0]!.map((_, j) => Math.max(...rows.map((row) => row[j]!.length)));
  return rows.map((row) =>
    row.map((cell, j) => (j === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[j]!))).join('  '),
  );
}

function difference({ difference: value, low, high }: Difference): string {
  // Nobody bought, or everybody's forecast is equal.
  if (!Number.isFinite(value)) return '–';
  const signed = (x: number) => (Number.isFinite(x) ? `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(3)}` : '–');
  return `${signed(value)} [${signed(low)}, ${signed(high)}]`;
}
