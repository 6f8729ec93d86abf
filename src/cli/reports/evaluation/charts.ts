import type { Decile } from '../../../domain/metrics/deciles';
import type { CalibrationBin } from '../../../domain/metrics/probabilities';
import { at, COLOURS, figure, HEIGHT, label, MARGIN, polyline, WIDTH, x, y } from '../frame';

export interface NamedCurve {
  readonly name: string;
  readonly gain: readonly number[];
}

/** Gain curves: share of the total against the share of customers, best first, with a random ranking for comparison. */
export function gainChart(curves: readonly NamedCurve[]): string {
  const lines = curves.map(({ gain }, i) => {
    const points = gain.map((share, k) => [k / (gain.length - 1), share] as const);
    // Without any order there is no total to have a share of.
    return polyline(
      points.filter(([, share]) => Number.isFinite(share)),
      COLOURS[i]!,
    );
  });
  const legend = curves.map(({ name }, i) =>
    label(WIDTH - 120, HEIGHT - MARGIN - 12 * (curves.length - i), name, COLOURS[i]!),
  );
  return figure('share of customers, best ranked first', 'share of the total', [chance(), ...lines, ...legend]);
}

/** Mean predicted and mean actual value, by tenth of the ranking. */
export function decileChart(rows: readonly Decile[]): string {
  const most = Math.max(...rows.flatMap(({ predicted, actual }) => [predicted, actual]).filter(Number.isFinite), 1e-12);
  const width = (x(1) - x(0)) / rows.length;
  const bar = (value: number, left: number, colour: string) =>
    `<rect x="${at(left)}" y="${at(y(value / most))}" width="${at(width * 0.38)}" height="${at(y(0) - y(value / most))}" fill="${colour}"/>`;
  const known = rows.filter(({ predicted, actual }) => Number.isFinite(predicted) && Number.isFinite(actual));
  const bars = known.flatMap(({ predicted, actual }, k) => [
    bar(predicted, x(0) + k * width + width * 0.1, COLOURS[0]!),
    bar(actual, x(0) + k * width + width * 0.5, COLOURS[1]!),
  ]);
  const legend = [label(WIDTH - 120, 30, 'predicted', COLOURS[0]!), label(WIDTH - 120, 44, 'actual', COLOURS[1]!)];
  return figure(
    'tenths by prediction, highest first',
    `mean per customer, up to ${most.toPrecision(3)}`,
    [...bars, ...legend],
    { below: [], beside: [] },
  );
}

/** Share that ordered against the mean predicted probability. The size of a point shows its number of customers. */
export function calibrationChart(bins: readonly CalibrationBin[]): string {
  const most = Math.max(...bins.map(({ customers }) => customers), 1);
  const known = bins.filter(({ predicted, happened }) => Number.isFinite(predicted) && Number.isFinite(happened));
  const points = known.map(
    ({ predicted, happened, customers }) =>
      `<circle cx="${at(x(predicted))}" cy="${at(y(happened))}" r="${at(3 + 7 * Math.sqrt(customers / most))}" fill="${COLOURS[0]}" fill-opacity="0.6"><title>${customers} customers</title></circle>`,
  );
  return figure('predicted order probability', 'share that ordered', [chance(), ...points]);
}

function chance(): string {
  return `<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="#999" stroke-dasharray="4 4"/>`;
}
