import type { Decile } from '../../domain/metrics/deciles';
import type { CalibrationBin } from '../../domain/metrics/probabilities';

const WIDTH = 420;
const HEIGHT = 280;
const MARGIN = 44;
/** Colour-blind safe (Okabe and Ito). */
export const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#999999',
  '#000000',
  '#b8a800',
];

const x = (share: number) => MARGIN + share * (WIDTH - MARGIN - 12);
const y = (share: number) => HEIGHT - MARGIN - share * (HEIGHT - MARGIN - 12);
const at = (number: number) => number.toFixed(1);

export interface NamedCurve {
  readonly name: string;
  readonly gain: readonly number[];
}

/** Gain curves: share of the total against the share of customers, best first, beside chance. */
export function gainChart(curves: readonly NamedCurve[]): string {
  const lines = curves.map(({ gain }, i) =>
    polyline(
      gain.map((share, k) => [k / (gain.length - 1), share]),
      COLOURS[i]!,
    ),
  );
  const legend = curves.map(({ name }, i) =>
    label(WIDTH - 120, HEIGHT - MARGIN - 12 * (curves.length - i), name, COLOURS[i]!),
  );
  return figure('share of customers, best ranked first', 'share of the total', [chance(), ...lines, ...legend]);
}

/** Mean prediction and mean of what happened, by tenth of the ranking. */
export function decileChart(rows: readonly Decile[]): string {
  const most = Math.max(...rows.flatMap(({ predicted, actual }) => [predicted, actual]), 1e-12);
  const width = (x(1) - x(0)) / rows.length;
  const bar = (value: number, left: number, colour: string) =>
    `<rect x="${at(left)}" y="${at(y(value / most))}" width="${at(width * 0.38)}" height="${at(y(0) - y(value / most))}" fill="${colour}"/>`;
  const bars = rows.flatMap(({ predicted, actual }, k) => [
    bar(predicted, x(0) + k * width + width * 0.1, COLOURS[0]!),
    bar(actual, x(0) + k * width + width * 0.5, COLOURS[1]!),
  ]);
  const legend = [label(WIDTH - 120, 30, 'predicted', COLOURS[0]!), label(WIDTH - 120, 44, 'actual', COLOURS[1]!)];
  return figure(
    'tenths by prediction, highest first',
    `mean per customer, up to ${most.toPrecision(3)}`,
    [...bars, ...legend],
    false,
  );
}

/** Share that bought against the mean probability said, the size of a point by its customers. */
export function calibrationChart(bins: readonly CalibrationBin[]): string {
  const most = Math.max(...bins.map(({ customers }) => customers), 1);
  const points = bins.map(
    ({ predicted, happened, customers }) =>
      `<circle cx="${at(x(predicted))}" cy="${at(y(happened))}" r="${at(3 + 7 * Math.sqrt(customers / most))}" fill="${COLOURS[0]}" fill-opacity="0.6"><title>${customers} customers</title></circle>`,
  );
  return figure('order probability said', 'share that ordered', [chance(), ...points]);
}

function figure(below: string, beside: string, parts: readonly string[], shares = true): string {
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<text x="${at(x(share))}" y="${HEIGHT - MARGIN + 16}" text-anchor="middle">${share}</text>`,
    `<text x="${MARGIN - 6}" y="${at(y(share) + 4)}" text-anchor="end">${share}</text>`,
  ]);
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" role="img" aria-label="${beside} against ${below}">`,
    `<path d="M${x(0)} ${y(1)}V${y(0)}H${x(1)}" fill="none" stroke="currentColor"/>`,
    ...(shares ? ticks : []),
    ...parts,
    `<text x="${at(x(0.5))}" y="${HEIGHT - 8}" text-anchor="middle">${below}</text>`,
    `<text transform="translate(11 ${at(y(0.5))}) rotate(-90)" text-anchor="middle">${beside}</text>`,
    '</svg>',
  ].join('');
}

function chance(): string {
  return `<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="#999" stroke-dasharray="4 4"/>`;
}

function polyline(points: readonly (readonly [number, number])[], colour: string): string {
  const path = points.map(([a, b]) => `${at(x(a))},${at(y(b))}`).join(' ');
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
}

function label(left: number, top: number, text: string, colour: string): string {
  return `<text x="${left}" y="${top}" fill="${colour}">${text}</text>`;
}
