import { h, withStyle } from './elements.mjs';
import { day, money, signedMoney } from './format.mjs';

/** Contributions that raise or lower a customer's value: the largest ones as bars from a centre line, and the rest as one. */

const SHOWN = 8;
const KINDS = {
  order: 'Order',
  refund: 'Refund',
  cancel: 'Cancellation',
  click: 'Click',
  browse: 'Browse',
  review: 'Review',
};
const GROUPS = {
  orders: 'Orders so far',
  returns: 'Refunds and cancellations',
  spend: 'Spend so far',
  rhythm: 'Days between orders',
  silence: 'Silence',
  age: 'Time as a customer',
  browsing: 'Recent clicks and browses',
  reviews: 'Reviews and their stars',
  attributes: 'Age band, region, channel',
  'order-value': 'Order value against the shop’s',
  structure: 'Buy-till-you-die model',
};

/** Largest first. `others` is the sum of the remaining contributions and the residual of the integration. */
export function ranked({ events, features, residual }, shown = SHOWN) {
  const all = [
    ...events.map(({ kind, time, amount, contribution }) => ({ kind, time, amount, contribution })),
    ...Object.entries(features).map(([group, contribution]) => ({ group, contribution })),
  ].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const others = all.slice(shown).reduce((sum, { contribution }) => sum + contribution, residual);
  return { largest: all.slice(0, shown).filter(({ contribution }) => Math.abs(contribution) >= 0.005), others };
}

export function explanationOf(explanation) {
  const { currency, baseline, clv } = explanation;
  const { largest, others } = ranked(explanation);
  const rows = [...largest, ...(Math.abs(others) >= 0.005 ? [{ contribution: others }] : [])];
  const widest = Math.max(...rows.map(({ contribution }) => Math.abs(contribution)), 1e-9);
  return [
    h('h3', { id: 'holds-title' }, 'What raises and lowers it'),
    h(
      'p',
      { class: 'muted' },
      `From ${money(baseline, currency)} for a customer without history to ${money(clv, currency)}: by the events in the window, and by summaries of the whole past.`,
    ),
    h(
      'ol',
      { class: 'contributions', 'aria-labelledby': 'holds-title' },
      ...rows.map((row) => contributionRow(row, widest, currency)),
    ),
  ];
}

function contributionRow({ contribution, ...of }, widest, currency) {
  const share = contribution / widest / 2;
  const bar = withStyle(h('span', { class: 'contribution-bar', 'aria-hidden': 'true' }, h('i')), {
    '--from': String(0.5 + Math.min(0, share)),
    '--length': String(Math.abs(share)),
  });
  return h(
    'li',
    { class: contribution < 0 ? 'lowers' : 'raises' },
    h('span', {}, nameOf(of, currency)),
    bar,
    h('span', { class: 'number' }, signedMoney(contribution, currency)),
  );
}

function nameOf({ kind, time, amount, group }, currency) {
  if (group !== undefined) return GROUPS[group] ?? group;
  if (kind === undefined) return 'All others';
  const worth = amount > 0 ? ` of ${money(amount, currency)}` : '';
  return `${KINDS[kind] ?? kind}${worth}, ${day(time)}`;
}
