import { s } from './elements.mjs';
import { percent, shortMoney } from './format.mjs';

/** Charts of one prequential report. Each returns an SVG. The numbers are in the table beside them. */

const WIDTH = 420;
const HEIGHT = 210;
const MARGIN = { left: 52, right: 24, top: 10, bottom: 26 };
const QUANTITIES = [
  { key: 'orders', name: 'Orders', y: -7 },
  { key: 'spend', name: 'Spend', y: 7 },
];
/** Segments with fewer scores are not drawn. */
const SEGMENT_LEAST_SCORES = 100;
/** Coverage axis, and the band that counts as correct. */
const [LEAST, MOST] = [0.5, 1];
const [BAND_FROM, BAND_TO] = [0.77, 0.83];

const inner = WIDTH - MARGIN.left - MARGIN.right;
const innerHeight = HEIGHT - MARGIN.top - MARGIN.bottom;
const bottom = HEIGHT - MARGIN.bottom;

/** One row per horizon: large dots for orders and spend, small ones for order segments, a band for the target. */
export function coverageChart(horizons) {
  const x = (share) => MARGIN.left + ((Math.min(MOST, Math.max(LEAST, share)) - LEAST) / (MOST - LEAST)) * inner;
  const row = innerHeight / horizons.length;
  const rows = horizons.flatMap((horizon, i) => {
    const y = MARGIN.top + (i + 0.5) * row;
    const [served] = horizon.models;
    const label = s('text', { x: MARGIN.left - 8, y: y + 4, 'text-anchor': 'end' }, `${horizon.days} d`);
    if (served === undefined) return [label, s('text', { x: MARGIN.left + 8, y: y + 4 }, waitingText(horizon))];
    return [label, ...QUANTITIES.flatMap((quantity) => coverageDots(served, quantity, y, x))];
  });
  const ticks = [0.5, 0.6, 0.7, 0.8, 0.9, 1];
  return picture(
    `Coverage of the central 80 % by horizon: ${horizons.map(coverageWords).join('; ')}`,
    s('rect', {
      class: 'target',
      x: x(BAND_FROM),
      width: x(BAND_TO) - x(BAND_FROM),
      y: MARGIN.top,
      height: innerHeight,
    }),
    ...ticks.flatMap((share) => [
      s('line', { class: 'grid', x1: x(share), x2: x(share), y1: MARGIN.top, y2: bottom }),
      s('text', { x: x(share), y: HEIGHT - 8, 'text-anchor': 'middle' }, percent(share)),
    ]),
    ...rows,
  );
}

function coverageDots(served, { key, name, y: shift }, y, x) {
  const segments = Object.entries(served.groups).filter(([, segment]) => segment.scores >= SEGMENT_LEAST_SCORES);
  const dot = (share, r, words, kind) =>
    share === null
      ? null
      : s('circle', { class: `${key} ${kind}`, cx: x(share), cy: y + shift, r }, s('title', {}, words));
  return [
    ...segments.map(([segment, figures]) =>
      dot(
        figures[key].coverage80,
        3,
        `${name}, ${segment} orders so far: ${percent(figures[key].coverage80)}`,
        'segment',
      ),
    ),
    dot(served[key].coverage80, 6, `${name}: ${percent(served[key].coverage80)}`, 'whole'),
  ].filter((element) => element !== null);
}

/** Shown if nothing has matured at a horizon. */
export function waitingText({ days, judged, nextInDays }) {
  if (judged > 0) return `${judged} judged so far, too few for a result`;
  const after = nextInDays === null ? days : Math.max(1, Math.ceil(nextInDays));
  return `not matured yet: first after ${after} ${after === 1 ? 'day' : 'days'}`;
}

function coverageWords(horizon) {
  const [served] = horizon.models;
  if (served === undefined) return `${horizon.days} days ${waitingText(horizon)}`;
  return `${horizon.days} days orders ${percent(served.orders.coverage80)}, spend ${percent(served.spend.coverage80)}`;
}

/** Predicted probability against the share of customers who ordered. One dot per bin, with an area proportional to the number of scores. */
export function calibrationChart({ buysAgain, scores }) {
  const x = (share) => MARGIN.left + share * inner;
  const y = (share) => bottom - share * innerHeight;
  const marks = [0, 0.25, 0.5, 0.75, 1];
  return picture(
    `Calibration of the order probability: ${buysAgain.calibration.map((bin) => `${percent(bin.predicted)} predicted, ${percent(bin.happened)} ordered`).join('; ')}`,
    ...marks.flatMap((share) => [
      s('line', { class: 'grid', x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: y(share), y2: y(share) }),
      s('text', { x: MARGIN.left - 8, y: y(share) + 4, 'text-anchor': 'end' }, percent(share)),
      s('text', { x: x(share), y: HEIGHT - 8, 'text-anchor': 'middle' }, percent(share)),
    ]),
    s('line', { class: 'diagonal', x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    ...buysAgain.calibration.map((bin) =>
      s(
        'circle',
        {
          class: 'bin',
          cx: x(bin.predicted),
          cy: y(bin.happened),
          r: 2.5 + 12 * Math.sqrt(bin.customers / scores),
        },
        s(
          'title',
          {},
          `${bin.customers} scores: ${percent(bin.predicted)} predicted, ${percent(bin.happened)} ordered`,
        ),
      ),
    ),
  );
}

/** Predicted and actual mean spend per customer, highest predictions first. */
export function decileChart({ spend }, currency) {
  const highest = Math.max(...spend.deciles.flatMap(({ predicted, actual }) => [predicted, actual]), 1e-9);
  const y = (value) => bottom - (value / highest) * innerHeight;
  const step = inner / spend.deciles.length;
  const bar = (kind, i, offset, value, words) =>
    s(
      'rect',
      {
        class: kind,
        x: MARGIN.left + i * step + offset * step,
        width: step * 0.38,
        y: y(value),
        height: bottom - y(value),
      },
      s('title', {}, words),
    );
  return picture(
    `Mean spend by tenth, highest predictions first: ${spend.deciles.map(({ predicted, actual }) => `${shortMoney(predicted, currency)} predicted, ${shortMoney(actual, currency)} spent`).join('; ')}`,
    ...[0, 0.5, 1].flatMap((share) => [
      s('line', {
        class: 'grid',
        x1: MARGIN.left,
        x2: WIDTH - MARGIN.right,
        y1: y(share * highest),
        y2: y(share * highest),
      }),
      s(
        'text',
        { x: MARGIN.left - 8, y: y(share * highest) + 4, 'text-anchor': 'end' },
        shortMoney(share * highest, currency),
      ),
    ]),
    ...spend.deciles.flatMap(({ predicted, actual }, i) => [
      bar('predicted', i, 0.1, predicted, `tenth ${i + 1}: ${shortMoney(predicted, currency)} predicted`),
      bar('actual', i, 0.52, actual, `tenth ${i + 1}: ${shortMoney(actual, currency)} spent`),
      s('text', { x: MARGIN.left + (i + 0.5) * step, y: HEIGHT - 8, 'text-anchor': 'middle' }, String(i + 1)),
    ]),
  );
}

function picture(words, ...children) {
  return s(
    'svg',
    { class: 'prequential-chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': words },
    ...children,
  );
}
