import { CustomerPanel } from './customer.mjs';
import { byId } from './elements.mjs';
import { ask, followSummaries, rememberToken } from './feed.mjs';
import { drawCustomers, drawSegments, drawStatus, markSelected } from './overview.mjs';
import { PrequentialSection } from './prequential.mjs';

/** Connects the parts of the page. The stream sends a summary once per second, and each one updates the whole page. */

const CUSTOMERS_SHOWN = 14;
const STATES = { live: 'Live', away: 'Reconnecting', locked: 'Token needed', connecting: 'Connecting' };
const THEME_KEY = 'clv-stream theme';

/** Summaries between two requests for the prequential report, which changes about once a minute. */
const PREQUENTIAL_EVERY = 5;

const panel = new CustomerPanel();
const prequential = new PrequentialSection();
let beats = 0;
let order = 'value';
let refreshing = false;
let lastSummary = null;

async function choose(customerId) {
  markSelected(customerId);
  const found = await panel.choose(customerId);
  if (!found) {
    byId('customer-body').hidden = true;
    byId('customer-empty').hidden = false;
    byId('customer-empty').textContent = `No update has been published for customer "${customerId}".`;
  }
}

/** While an answer is slow, summaries are skipped, so that requests don't pile up. */
async function onSummary(summary) {
  lastSummary = summary;
  drawStatus(summary);
  if (refreshing || document.hidden) return;
  refreshing = true;
  try {
    await refresh(summary.status.currency);
  } catch {
    // The stream reports an unreachable server.
  } finally {
    refreshing = false;
  }
}

async function refresh(currency) {
  const requested = order;
  const [{ customers }, segments] = await Promise.all([
    ask(`/v1/customers?order=${requested}&limit=${CUSTOMERS_SHOWN}`),
    ask('/v1/segments'),
  ]);
  if (requested === order) {
    drawCustomers(customers, currency, panel.id, choose);
    byId('customer-rows').dataset.order = requested;
  }
  drawSegments(segments);
  if (beats++ % PREQUENTIAL_EVERY === 0) prequential.show(await ask('/v1/prequential'));
  if (panel.id === null && customers.length > 0) await choose(customers[0].customerId);
  else await panel.refresh();
}

function onState(state) {
  byId('connection').dataset.state = state;
  byId('connection').textContent = STATES[state];
  if (state === 'locked') byId('token-dialog').showModal();
}

function listen() {
  void followSummaries((summary) => void onSummary(summary), onState);
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId('theme').textContent = theme === 'dark' ? 'Light' : 'Dark';
  byId('theme').setAttribute('aria-label', `Switch to the ${theme === 'dark' ? 'light' : 'dark'} theme`);
}

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
setTheme(localStorage.getItem(THEME_KEY) ?? (prefersDark.matches ? 'dark' : 'light'));
byId('theme').addEventListener('click', () => {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem(THEME_KEY, theme);
  setTheme(theme);
});

for (const button of document.querySelectorAll('[data-order]')) {
  button.addEventListener('click', () => {
    order = button.dataset.order;
    for (const other of document.querySelectorAll('[data-order]')) {
      other.setAttribute('aria-pressed', String(other === button));
    }
    if (lastSummary !== null) void onSummary(lastSummary);
  });
}

byId('find').addEventListener('submit', (event) => {
  event.preventDefault();
  const id = byId('find-id').value.trim();
  if (id !== '') void choose(id);
});

byId('token-form').addEventListener('submit', () => {
  rememberToken(byId('token').value);
  listen();
});

listen();
