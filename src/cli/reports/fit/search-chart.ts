import type { SearchRunRecord } from '../../../services/fit/search/search';
import { COLOURS, figure, label, polyline, standalone, x, y } from '../frame';

const [WINNER, DEFAULTS, OTHER] = [COLOURS[0]!, COLOURS[1]!, COLOURS[6]!];
const LINES = 4;

/** Loss by rung as an SVG file. Each search run has a line up to its last rung, with colours for the winner and the defaults. */
export function searchChart(records: readonly SearchRunRecord[], winner: number): string {
  const scored = records.filter((record) => record.score !== null);
  const rungs = Math.max(...scored.map(({ rung }) => rung)) + 1;
  const bottom = Math.min(...scored.map(({ score }) => score!));
  const height = Math.max(Math.max(...scored.map(({ score }) => score!)) - bottom, 1e-6) * 1.16; // The factor leaves room for the legend.
  const across = (rung: number) => (rungs === 1 ? 0.5 : rung / (rungs - 1));
  const up = (loss: number) => (loss - bottom) / height;
  const customersOf = (rung: number) => scored.find((record) => record.rung === rung)?.customers ?? 0;
  const colourOf = (trial: number) => (trial === winner ? WINNER : trial === 0 ? DEFAULTS : OTHER);
  // The winner and the defaults are drawn last, over the others.
  const trials = [...new Set(scored.map(({ trial }) => trial))].sort(
    (a, b) => Number(colourOf(a) !== OTHER) - Number(colourOf(b) !== OTHER) || a - b,
  );
  const lines = trials.flatMap((trial) => {
    const points = scored
      .filter((record) => record.trial === trial)
      .map(({ rung, score }) => [across(rung), up(score!)] as const);
    const dots = points.map(
      ([a, b]) =>
        `<circle cx="${x(a).toFixed(1)}" cy="${y(b).toFixed(1)}" r="3" fill="${colourOf(trial)}"><title>run ${trial}</title></circle>`,
    );
    return [polyline(points, colourOf(trial)), ...dots];
  });
  const legend = [
    label(x(1) - 130, y(1) + 9, `run ${winner}, chosen`, WINNER),
    ...(winner === 0 ? [] : [label(x(1) - 130, y(1) + 22, 'run 0, the defaults', DEFAULTS)]),
  ];
  return standalone(
    figure('customers trained on', 'loss, nats per customer', [...lines, ...legend], {
      below: Array.from({ length: rungs }, (_, rung) => ({ share: across(rung), text: String(customersOf(rung)) })),
      beside: Array.from({ length: LINES + 1 }, (_, i) => ({
        share: i / LINES,
        text: (bottom + (i / LINES) * height).toFixed(3),
      })),
    }),
  );
}
