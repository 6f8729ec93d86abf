import { bucketise, EFFECTS } from './effects.mjs';
import { h, s, withStyle } from './elements.mjs';
import { day, dayTime, money, shortMoney, signedMoney } from './format.mjs';

/**
 * The customer's chart: the value at the top, the effects that changed it below, on one time axis. A cursor follows the pointer or the
 * arrow keys.
 */

const MARGIN = { left: 58, right: 12, top: 12, bottom: 24 };
const VALUE_HEIGHT = 190;
const GAP = 26;
const EFFECT_HEIGHT = 120;
const HEIGHT = MARGIN.top + VALUE_HEIGHT + GAP + EFFECT_HEIGHT + MARGIN.bottom;
const NAMES = { event: 'Events', silence: 'Silence', model: 'New model' };
const SOURCES = {
  orders: ['order', 'orders'],
  clicks: ['click', 'clicks'],
  browses: ['browse', 'browses'],
  reviews: ['review', 'reviews'],
  customers: ['change of attributes', 'changes of attributes'],
};

export class ValueChart {
  #host;
  #tooltip = h('div', { class: 'tooltip', hidden: true });
  #announcement = h('p', { class: 'visually-hidden', 'aria-live': 'polite' });
  #cursor = null;
  #drawn = null;

  constructor(host) {
    this.#host = host;
    host.addEventListener('pointermove', (event) => this.#point(event));
    host.addEventListener('pointerleave', () => this.#moveTo(null));
    host.addEventListener('keydown', (event) => this.#key(event));
    host.addEventListener('blur', () => this.#moveTo(null));
    new ResizeObserver(() => this.#redraw()).observe(host);
  }

  /** Points oldest first, with `atMs`. At least one. */
  show(points, currency, summary) {
    this.#drawn = { points, currency };
    this.#host.setAttribute('aria-label', summary);
    this.#redraw();
  }

  #redraw() {
    const width = Math.floor(this.#host.clientWidth);
    if (this.#drawn === null || width < 80) return;
    const { points, currency } = this.#drawn;
    const plot = layOut(points, width);
    const svg = s('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, height: HEIGHT, 'aria-hidden': 'true' });
    const band = s('rect', { class: 'band', y: MARGIN.top, height: HEIGHT - MARGIN.top - MARGIN.bottom, width: 0 });
    svg.append(band, ...drawAxes(plot, currency), ...drawValue(points, plot), ...drawEffects(plot));
    this.#drawn = { points, currency, plot, band };
    this.#host.replaceChildren(svg, this.#tooltip, this.#announcement);
    if (this.#cursor !== null) this.#moveTo(Math.min(this.#cursor, plot.buckets.length - 1));
  }

  #point(event) {
    const { plot } = this.#drawn ?? {};
    if (plot === undefined) return;
    const x = event.clientX - this.#host.getBoundingClientRect().left - MARGIN.left;
    const bucket = Math.floor(x / plot.step);
    this.#moveTo(bucket < 0 || bucket >= plot.buckets.length ? null : bucket);
  }

  #key(event) {
    const last = (this.#drawn?.plot?.buckets.length ?? 0) - 1;
    const from = this.#cursor ?? last + 1;
    const target = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last, Escape: null }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.#moveTo(target === null ? null : Math.max(0, Math.min(last, target)), true);
  }

  #moveTo(bucket, aloud = false) {
    this.#cursor = bucket;
    const { plot, band, currency } = this.#drawn ?? {};
    this.#tooltip.hidden = bucket === null;
    if (plot === undefined) return;
    band.setAttribute('width', bucket === null ? 0 : plot.step);
    if (bucket === null) return;
    band.setAttribute('x', MARGIN.left + bucket * plot.step);
    const facts = plot.buckets[bucket];
    this.#tooltip.replaceChildren(...tooltipOf(facts, currency));
    const right = bucket > plot.buckets.length / 2;
    const x = MARGIN.left + (bucket + (right ? 0 : 1)) * plot.step;
    withStyle(this.#tooltip, {
      left: right ? 'auto' : `${x + 8}px`,
      right: right ? `${plot.width - x + 8}px` : 'auto',
    });
    if (aloud) this.#announcement.textContent = this.#tooltip.textContent;
  }
}

function layOut(points, width) {
  const inner = width - MARGIN.left - MARGIN.right;
  const fromMs = points[0].atMs;
  const toMs = Math.max(points.at(-1).atMs, fromMs + 3_600_000);
  const count = Math.max(8, Math.min(60, Math.floor(inner / 13)));
  const buckets = bucketise(points, fromMs, toMs, count);
  const highest = Math.max(...points.flatMap((point) => [point.value, point.previous]), 1);
  const lowest = Math.min(0, ...points.map((point) => point.value));
  const gains = buckets.map((bucket) => stackHeight(bucket, 1));
  const losses = buckets.map((bucket) => stackHeight(bucket, -1));
  const valueTicks = ticks(lowest, highest, 4);
  const effectTicks = ticks(-Math.max(...losses), Math.max(...gains), 3);
  return {
    width,
    buckets,
    step: inner / count,
    fromMs,
    toMs,
    valueTicks,
    effectTicks,
    x: (atMs) => MARGIN.left + ((atMs - fromMs) / (toMs - fromMs)) * inner,
    y: scale(valueTicks, MARGIN.top, VALUE_HEIGHT),
    effectY: scale(effectTicks, MARGIN.top + VALUE_HEIGHT + GAP, EFFECT_HEIGHT),
  };
}

function stackHeight(bucket, sign) {
  return EFFECTS.reduce((sum, effect) => sum + Math.max(0, sign * bucket[effect]), 0);
}

function scale(tickValues, top, height) {
  const lowest = tickValues[0];
  const highest = tickValues.at(-1);
  return (value) => top + height - ((value - lowest) / (highest - lowest)) * height;
}

/** Round numbers that cover [lowest, highest], in about `about` steps. */
function ticks(lowest, highest, about) {
  const span = Math.max(highest - lowest, 1e-9);
  const magnitude = 10 ** Math.floor(Math.log10(span / about));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * magnitude).find((size) => span / size <= about) ?? span;
  const first = Math.floor(lowest / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(highest / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

function drawAxes(plot, currency) {
  const right = plot.width - MARGIN.right;
  const line = (y, value) => [
    s('line', { class: value === 0 ? 'zero' : 'grid', x1: MARGIN.left, x2: right, y1: y, y2: y }),
    s('text', { x: MARGIN.left - 8, y: y + 4, 'text-anchor': 'end' }, shortMoney(value, currency)),
  ];
  const dateCount = Math.max(2, Math.floor(plot.width / 160));
  const dates = Array.from({ length: dateCount }, (_, i) => i / (dateCount - 1));
  return [
    ...plot.valueTicks.flatMap((value) => line(plot.y(value), value)),
    ...plot.effectTicks.flatMap((value) => line(plot.effectY(value), value)),
    ...dates.map((share) => {
      const atMs = plot.fromMs + share * (plot.toMs - plot.fromMs);
      const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
      return s('text', { x: plot.x(atMs), y: HEIGHT - 6, 'text-anchor': anchor }, dateLabel(atMs, plot));
    }),
  ];
}

function dateLabel(atMs, plot) {
  return plot.toMs - plot.fromMs > 4 * 86_400_000 ? day(atMs) : dayTime(atMs);
}

/** Between two records the value changes gradually by silence. At a record it jumps by model and event. */
function drawValue(points, plot) {
  const corners = points.flatMap((point, i) => {
    const x = plot.x(point.atMs);
    const start = i === 0 ? [[x, plot.y(point.previous)]] : [];
    return [...start, [x, plot.y(point.value - point.event - point.model)], [x, plot.y(point.value)]];
  });
  const path = corners.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
  const floor = plot.y(plot.valueTicks[0]);
  const orders = points.filter((point) => point.source === 'orders');
  return [
    s('path', { class: 'area', d: `${path}L${corners.at(-1)[0]} ${floor}L${corners[0][0]} ${floor}Z` }),
    s('path', { class: 'value', d: path }),
    ...orders.map((point) => s('circle', { class: 'order', cx: plot.x(point.atMs), cy: plot.y(point.value), r: 4 })),
  ];
}

function drawEffects(plot) {
  return plot.buckets.flatMap((bucket, i) => {
    const stacked = { up: 0, down: 0 };
    return EFFECTS.filter((effect) => bucket[effect] !== 0).map((effect) => {
      const side = bucket[effect] > 0 ? 'up' : 'down';
      const from = plot.effectY(stacked[side]);
      stacked[side] += bucket[effect];
      const to = plot.effectY(stacked[side]);
      return s('rect', {
        class: effect,
        x: MARGIN.left + i * plot.step + 1.5,
        width: Math.max(1, plot.step - 3),
        y: Math.min(from, to),
        height: Math.abs(from - to),
        rx: Math.min(2, Math.abs(from - to) / 2),
      });
    });
  });
}

function tooltipOf(bucket, currency) {
  const records = Object.entries(SOURCES)
    .filter(([source]) => bucket.sources[source] > 0)
    .map(([source, [one, many]]) => `${bucket.sources[source]} ${bucket.sources[source] === 1 ? one : many}`);
  const rows = EFFECTS.filter((effect) => Math.abs(bucket[effect]) >= 0.005).flatMap((effect) => [
    h('dt', { class: `effect-${effect}` }, NAMES[effect]),
    h('dd', {}, signedMoney(bucket[effect], currency)),
  ]);
  return [
    h('div', { class: 'muted' }, `${dayTime(bucket.fromMs)} – ${dayTime(bucket.toMs)}`),
    h('div', {}, records.length > 0 ? records.join(', ') : 'Nothing happened'),
    h(
      'dl',
      {},
      ...rows,
      h('dt', { class: 'total' }, 'Value then'),
      h('dd', { class: 'total' }, money(bucket.value, currency)),
    ),
  ];
}
