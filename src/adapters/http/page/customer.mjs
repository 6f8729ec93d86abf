import { ValueChart } from './chart.mjs';
import { EFFECTS, explain, pointsWithin } from './effects.mjs';
import { byId, h, withStyle } from './elements.mjs';
import { explanationOf } from './explanation.mjs';
import { ask } from './feed.mjs';
import { count, day, days, dayTime, decimal, money, percent, shortVersion, signedMoney } from './format.mjs';
import { stageChip, tierChip } from './overview.mjs';

/** One customer: the value, the effects that changed it, and further facts. */

const RANGES = [
  { label: '30 days', range: 30 },
  { label: '90 days', range: 90 },
  { label: 'Since its peak', range: 'peak' },
  { label: 'All', range: 'all' },
];
const EFFECT_WORDS = { event: 'events', silence: 'silence', model: 'a new model' };
const CONFIDENCE = {
  cold: 'no orders yet: mostly the buy-till-you-die model',
  thin: 'few orders: wide range',
  ok: 'well supported',
};
const TABLE_ROWS = 60;
/** Shortest time between two requests for an explanation: it costs the server about as much as some tens of scores. */
const EXPLAIN_EVERY_MS = 10_000;

export class CustomerPanel {
  #id = null;
  #range = 'all';
  #shownAsOf = null;
  #data = null;
  #chart = null;
  #explained = { id: null, atMs: 0 };

  get id() {
    return this.#id;
  }

  /** Shows a customer. Returns false if no customer has that id. */
  async choose(customerId) {
    this.#id = customerId;
    this.#shownAsOf = null;
    return this.refresh();
  }

  /** Requests the customer again, and draws only if something changed. */
  async refresh() {
    const id = this.#id;
    if (id === null) return false;
    // Not in the path: the browser would drop an id that is "." or "..".
    const query = `?id=${encodeURIComponent(id)}`;
    const [customer, history] = await Promise.all([ask(`/v1/customer${query}`), ask(`/v1/customer/history${query}`)]);
    if (id !== this.#id) return true;
    if (customer === null || history === null) return false;
    const mark = `${customer.asOf} ${customer.clv} ${customer.now?.clv ?? ''}`;
    if (mark === this.#shownAsOf) return true;
    this.#shownAsOf = mark;
    this.#data = { customer, history };
    this.#draw();
    await this.#explain(id, query);
    return true;
  }

  /** If the server has no states, or the explanation fails, the rest is shown all the same. */
  async #explain(id, query) {
    const nowMs = Date.now();
    if (this.#explained.id === id && nowMs - this.#explained.atMs < EXPLAIN_EVERY_MS) return;
    this.#explained = { id, atMs: nowMs };
    const explanation = await ask(`/v1/customer/explanation${query}`).catch(() => null);
    if (id !== this.#id) return;
    const section = byId('customer-holds');
    section.hidden = explanation === null;
    if (explanation !== null) section.replaceChildren(...explanationOf(explanation));
  }

  #draw() {
    const body = byId('customer-body');
    const fresh = body.dataset.customer !== this.#id;
    byId('customer-empty').hidden = true;
    body.hidden = false;
    body.dataset.customer = this.#id;
    if (fresh || this.#chart === null) this.#build(body);
    this.#fill();
  }

  /** The frame is built once per customer, so that an update changes figures but does not move the focus. */
  #build(body) {
    const chart = h('div', { class: 'chart', tabindex: 0, role: 'img' });
    body.replaceChildren(
      h('div', { class: 'customer-head', id: 'customer-head' }),
      h('p', { class: 'customer-value', id: 'customer-value' }),
      h('p', { class: 'why', id: 'customer-why' }),
      h('div', { class: 'chart-tools' }, legend(), this.#rangeButtons()),
      chart,
      h('section', { class: 'holds', id: 'customer-holds', hidden: true, 'aria-labelledby': 'holds-title' }),
      h('dl', { class: 'facts', id: 'customer-facts' }),
      h('details', {}, h('summary', {}, 'The same as a table'), h('div', { class: 'scroll', id: 'customer-table' })),
    );
    this.#chart = new ValueChart(chart);
  }

  #rangeButtons() {
    const press = (chosen) => {
      this.#range = chosen;
      for (const [i, button] of buttons.entries())
        button.setAttribute('aria-pressed', String(RANGES[i].range === chosen));
    };
    const buttons = RANGES.map(({ label, range }) => {
      const onclick = () => {
        press(range);
        this.#fill();
      };
      return h('button', { type: 'button', onclick }, label);
    });
    press(this.#range);
    return h('fieldset', { class: 'segmented', 'aria-label': 'Time shown' }, ...buttons);
  }

  #fill() {
    const { customer, history } = this.#data;
    const points = pointsWithin(history.points, this.#range);
    byId('customer-head').replaceChildren(...headOf(customer));
    byId('customer-value').replaceChildren(...figureOf(customer));
    byId('customer-facts').replaceChildren(...factsOf(customer));
    byId('customer-table').replaceChildren(tableOf(points, customer.currency));
    if (points.length === 0) {
      byId('customer-why').replaceChildren(
        'The history is no longer stored: this customer has had no update for a long time.',
      );
      return;
    }
    byId('customer-why').replaceChildren(
      ...whyOf(points, customer.currency, history.truncated && this.#range === 'all'),
    );
    this.#chart.show(points, customer.currency, byId('customer-why').textContent);
  }
}

function headOf(customer) {
  return [
    h('h2', { id: 'customer-title' }, customer.customerId),
    tierChip(customer.valueTier),
    stageChip(customer.lifecycleStage),
    h('span', { class: 'muted' }, CONFIDENCE[customer.confidence] ?? customer.confidence),
  ];
}

function figureOf(customer) {
  const shown = customer.now ?? customer;
  return [
    h('strong', { id: 'customer-clv' }, money(shown.clv, customer.currency)),
    h('span', { class: 'muted' }, `expected over 365 days, as of ${dayTime(shown.asOf)}`),
  ];
}

/** One sentence that explains why the value changed. */
function whyOf(points, currency, truncated) {
  const sums = explain(points);
  const change = sums.after - sums.before;
  const parts = EFFECTS.map((effect) => ({ effect, amount: sums[effect] }))
    .filter(({ amount }) => Math.abs(amount) >= 0.005)
    .sort((a, b) => Math.abs(b.amount) - Math.abs(a.amount))
    .flatMap(({ effect, amount }, i) => [
      i === 0 ? '' : ', ',
      h('b', { class: `effect-${effect}` }, `${EFFECT_WORDS[effect]} ${signedMoney(amount, currency)}`),
    ]);
  const verb = change < -0.005 ? 'Down' : change > 0.005 ? 'Up' : 'Unchanged';
  const since = `${truncated ? 'the oldest record kept, ' : ''}${day(points[0].atMs)}`;
  const gap =
    sums.unexplained === 0 ? '' : ` Records in between are missing for ${signedMoney(sums.unexplained, currency)}.`;
  return [
    h(
      'b',
      { class: change < 0 ? 'down' : 'up' },
      verb === 'Unchanged' ? verb : `${verb} ${money(Math.abs(change), currency)}`,
    ),
    ` since ${since}: `,
    ...(parts.length > 0 ? parts : ['no effects']),
    `.${gap}`,
  ];
}

function factsOf(customer) {
  const { history, currency, predicted, nextOrder } = customer;
  const [early, , late] = nextOrder.quartiles;
  return [
    ...fact('Orders', count(history.orders), `worth ${money(history.historicClv, currency)} so far`),
    ...fact('Average order', money(history.averageOrderValue, currency), everyOf(history.averageDaysBetweenOrders)),
    ...fact('Since the last order', days(history.daysSinceLastOrder)),
    ...fact('Next order', day(nextOrder.expected), spanOf(early, late)),
    ...fact(
      'Churn, 90 days',
      percent(customer.churnProbability),
      `orders with ${percent(customer.orderProbability['30d'])} in 30 days`,
    ),
    ...fact(
      'CLV 30 / 90 days',
      `${money(predicted['30d'].clv, currency)} / ${money(predicted['90d'].clv, currency)}`,
      `${decimal(predicted['365d'].orders)} orders in 365 days`,
    ),
    ...fact('Model', h('code', {}, shortVersion(customer.modelVersion))),
    rangeFact(customer),
  ];
}

function spanOf(early, late) {
  if (early === null) return 'none in sight';
  return late === null ? `from ${day(early)}, maybe never` : `${day(early)} – ${day(late)}`;
}

function everyOf(gapDays) {
  return gapDays === null ? null : `every ${days(gapDays)}`;
}

function fact(term, value, note = null) {
  return [
    h('div', {}, h('dt', {}, term), h('dd', {}, value, note === null ? null : h('span', { class: 'note' }, note))),
  ];
}

/** p10–p90 as a bar, with the median marked. */
function rangeFact({ clv365Quantiles: { p10, p50, p90 }, currency }) {
  const end = Math.max(p90 * 1.15, 1e-9);
  const bar = withStyle(h('div', { class: 'range', 'aria-hidden': 'true' }, h('i'), h('b')), {
    '--from': String(Math.max(0, p10 / end)),
    '--to': String(Math.max(0, p90 / end)),
    '--at': String(Math.max(0, p50 / end)),
  });
  const words = `p10 ${money(p10, currency)} · p50 ${money(p50, currency)} · p90 ${money(p90, currency)}`;
  return h(
    'div',
    { class: 'span' },
    h('dt', {}, 'Range of the 365-day CLV'),
    h('dd', {}, bar, h('span', { class: 'note' }, words)),
  );
}

function legend() {
  const entry = (name, label) => h('li', { class: name }, h('span', {}, label));
  return h(
    'ul',
    { class: 'legend' },
    entry('effect-event order', 'order'),
    entry('effect-event', 'events'),
    entry('legend-silence', 'silence'),
    entry('effect-model', 'new model'),
  );
}

function tableOf(points, currency) {
  const heads = ['When', 'Record', 'Model', 'Silence', 'Event', 'Value'];
  const rows = points
    .slice(-TABLE_ROWS)
    .reverse()
    .map((point) =>
      h(
        'tr',
        {},
        h('td', {}, dayTime(point.atMs)),
        h('td', {}, point.source),
        ...['model', 'silence', 'event'].map((effect) =>
          h('td', { class: 'number' }, signedMoney(point[effect], currency)),
        ),
        h('td', { class: 'number' }, money(point.value, currency)),
      ),
    );
  return h(
    'table',
    {},
    h(
      'thead',
      {},
      h('tr', {}, ...heads.map((head, i) => h('th', { scope: 'col', class: i > 1 ? 'number' : null }, head))),
    ),
    h('tbody', {}, ...rows),
  );
}
