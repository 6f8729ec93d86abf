import { byId, h, s, setText, withStyle } from './elements.mjs';
import {
  count,
  dayTime,
  decimal,
  money,
  percent,
  shortCount,
  shortMoney,
  shortVersion,
  signedMoney,
  time,
} from './format.mjs';

/** The header's figures, the table of customers and the segments. Each call draws its arguments. */

const TIERS = ['platinum', 'gold', 'silver', 'bronze'];
const STAGES = ['prospect', 'new', 'active', 'at-risk', 'lapsed'];
const STAGE_NAMES = { prospect: 'Prospect', new: 'New', active: 'Active', 'at-risk': 'At risk', lapsed: 'Lapsed' };

export function drawStatus({ status, models }) {
  setText(
    byId('rate'),
    status.updatesPerSecond < 10 ? decimal(status.updatesPerSecond) : count(status.updatesPerSecond),
  );
  setText(byId('updates'), count(status.updates));
  setText(byId('as-of'), status.newestAsOf === null ? 'No update yet' : `event time ${dayTime(status.newestAsOf)}`);
  setText(byId('customers-count'), count(status.customers));
  setText(byId('lag'), count(status.inputLagRecords ?? status.viewLagRecords));
  setText(byId('lag-note'), status.inputLagRecords === null ? 'updates to read' : 'records to fold');
  setText(byId('model'), shortVersion(status.modelVersion));
  byId('model').title = status.modelVersion ?? '';
  byId('rate-chart').replaceChildren(rateChart(status.recentUpdates));
  drawTimeline(models);
}

export function tierChip(tier) {
  return h('span', { class: 'chip tier', 'data-tier': tier }, tier[0].toUpperCase() + tier.slice(1));
}

export function stageChip(stage) {
  return h('span', { class: 'chip', 'data-stage': stage }, STAGE_NAMES[stage] ?? stage);
}

/** Rows are kept by customer, and only their cells change, so that focus and pointer stay on their row. */
export function drawCustomers(customers, currency, selectedId, onChoose) {
  const body = byId('customer-rows');
  const known = new Map([...body.rows].map((row) => [row.dataset.customer, row]));
  const rows = customers.map((customer) => {
    const row = known.get(customer.customerId) ?? newRow(customer.customerId, onChoose);
    fillRow(row, customer, currency);
    return row;
  });
  if (rows.some((row, i) => body.rows[i] !== row) || body.rows.length !== rows.length) placeRows(body, rows);
  markSelected(selectedId);
}

export function markSelected(customerId) {
  for (const row of byId('customer-rows').rows) {
    row.setAttribute('aria-selected', String(row.dataset.customer === customerId));
  }
}

export function drawSegments({ segments, currency, tiers }) {
  const cells = new Map(segments.map((segment) => [`${segment.tier} ${segment.stage}`, segment]));
  const total = segments.reduce((sum, segment) => sum + segment.value, 0);
  const largest = Math.max(1, ...segments.map((segment) => segment.customers));
  setText(byId('customers-value'), total === 0 ? '–' : `worth ${shortMoney(total, currency)} in 365 days`);
  byId('segments').replaceChildren(
    h('thead', {}, h('tr', {}, h('td'), ...STAGES.map((stage) => h('th', { scope: 'col' }, STAGE_NAMES[stage])))),
    h(
      'tbody',
      {},
      ...TIERS.map((tier) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row', title: cutOf(tier, tiers, currency) }, tierChip(tier)),
          ...STAGES.map((stage) => segmentCell(cells.get(`${tier} ${stage}`), total, largest, currency)),
        ),
      ),
    ),
  );
}

function cutOf(tier, tiers, currency) {
  const cut = tiers?.above[tier];
  return cut === undefined ? '' : `above ${money(cut, currency)} predicted for 365 days`;
}

function segmentCell(segment, total, largest, currency) {
  if (segment === undefined || segment.customers === 0) return h('td', { class: 'none' }, '–');
  const share = total > 0 ? shareOf(segment.value / total) : '–';
  const cell = h(
    'td',
    { title: `${money(segment.value, currency)} predicted for 365 days` },
    h('strong', {}, count(segment.customers)),
    h('span', { class: 'muted' }, share),
  );
  return withStyle(cell, { '--level': String(Math.sqrt(segment.customers / largest)) });
}

function newRow(customerId, onChoose) {
  return h(
    'tr',
    { 'data-customer': customerId, 'aria-selected': 'false', onclick: () => onChoose(customerId) },
    h('td', {}, h('button', { type: 'button', class: 'link' }, customerId)),
    h('td', { class: 'number value' }),
    h('td', { class: 'number' }),
    h('td'),
    h('td'),
    h('td'),
    h('td'),
  );
}

function fillRow(row, customer, currency) {
  const mark = `${customer.asOf} ${customer.clv} ${customer.fall}`;
  if (row.dataset.mark === mark) return;
  const [, value, fall, tier, stage, churn, lately] = row.cells;
  if (row.dataset.mark !== undefined) flash(value);
  row.dataset.mark = mark;
  setText(value, money(customer.clv, currency));
  setText(fall, customer.fall < -0.005 ? signedMoney(customer.fall, currency) : '–');
  fall.classList.toggle('down', customer.fall < -0.005);
  tier.replaceChildren(tierChip(customer.valueTier));
  stage.replaceChildren(stageChip(customer.lifecycleStage));
  churn.replaceChildren(churnMeter(customer.churnProbability));
  lately.replaceChildren(sparkline(customer.trend));
}

function flash(cell) {
  cell.classList.add('changed');
  requestAnimationFrame(() => requestAnimationFrame(() => cell.classList.remove('changed')));
}

/** Moves rows without losing the focus, which one of them may have. */
function placeRows(body, rows) {
  const focused = document.activeElement;
  body.replaceChildren(...rows);
  if (focused !== null && body.contains(focused)) focused.focus({ preventScroll: true });
}

function churnMeter(share) {
  return h(
    'div',
    { class: 'meter' },
    withStyle(h('span', { class: 'track', 'aria-hidden': 'true' }), { '--share': String(share) }),
    h('span', {}, percent(share)),
  );
}

function sparkline(values) {
  const [width, height, inset] = [92, 26, 3];
  const highest = Math.max(...values, 1e-9);
  const lowest = Math.min(...values);
  const span = Math.max(highest - lowest, highest * 0.05);
  const x = (i) => inset + (i / Math.max(1, values.length - 1)) * (width - 2 * inset);
  const y = (value) => height - inset - ((value - lowest) / span) * (height - 2 * inset);
  const points = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  return s(
    'svg',
    { class: 'spark', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' },
    s('polyline', { points, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.4, 'stroke-linejoin': 'round' }),
    values.length > 0
      ? s('circle', { cx: x(values.length - 1), cy: y(values.at(-1)), r: 2.4, fill: 'var(--accent)' })
      : null,
  );
}

function rateChart(counts) {
  const busy = counts.filter((value) => value > 0).sort((a, b) => a - b);
  // Reading a backlog at start-up would flatten everything that follows, so such seconds are cut off.
  const highest = Math.min(Math.max(...counts, 1), 2.5 * (busy[busy.length >> 1] ?? 1));
  const y = (value) => 40 - (Math.min(value, highest) / highest) * 32;
  const points = counts.map((value, i) => `${(i / (counts.length - 1)) * 100},${y(value)}`);
  return s(
    'svg',
    { viewBox: '0 0 100 40', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('polygon', { points: `0,40 ${points.join(' ')} 100,40`, fill: 'currentColor', 'fill-opacity': 0.1 }),
    s('polyline', {
      points: points.join(' '),
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 1.5,
      'vector-effect': 'non-scaling-stroke',
    }),
  );
}

/** One piece per version, as wide as its share of the updates. */
function drawTimeline(models) {
  const used = models.filter((model) => model.updates > 0);
  const last = used.at(-1);
  const swaps = Math.max(0, used.length - 1);
  const since = last === undefined ? '' : `, in use since ${time(last.firstSeenAt)}`;
  setText(byId('swaps'), used.length === 0 ? 'No score yet' : `${swaps} ${swaps === 1 ? 'swap' : 'swaps'}${since}`);
  const marks = used.map((model) => {
    const words = [
      `${shortVersion(model.version)} from ${time(model.firstSeenAt)}: ${shortCount(model.updates)} updates`,
      model.action === null ? null : `${model.action}${model.by === null ? '' : ` by ${model.by}`}`,
      model.reason,
      model.note,
    ];
    const label = words.filter((word) => word !== null && word !== '').join('. ');
    return withStyle(h('span', { title: label, role: 'img', 'aria-label': label }), {
      'flex-grow': String(model.updates),
    });
  });
  byId('timeline').replaceChildren(...marks);
}

function shareOf(share) {
  return share > 0 && share < 0.005 ? '<1%' : percent(share);
}
