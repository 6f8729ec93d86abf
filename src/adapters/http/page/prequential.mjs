import { byId, h, setText } from './elements.mjs';
import { count, day, decimal, money, percent, shortVersion } from './format.mjs';
import { calibrationChart, coverageChart, decileChart, waitingText } from './prequential-charts.mjs';

/** The section on how stored scores turned out. Draws its arguments; its only state is the chosen horizon. */

const SERVED = 'served';
const COLUMNS = [
  ['Version', (model, { currentVersion }) => versionName(model.model, currentVersion)],
  ['Scores', (model) => count(model.scores)],
  ['Orders predicted ÷ placed', (model) => ratio(model.orders.ratio)],
  ['Spend predicted ÷ actual', (model) => ratio(model.spend.ratio)],
  ['Brier', (model) => fixed(model.buysAgain.brier, 3)],
  ['ECE', (model) => fixed(model.buysAgain.ece, 3)],
  ['AUC', (model) => fixed(model.buysAgain.auc, 3)],
  ['Spend nGini', (model) => fixed(model.spend.nGini, 3)],
  ['Spend RMSE', (model, { currency }) => money(model.spend.rmse, currency)],
  ['Orders in 80 / 95 %', (model) => coverage(model.orders)],
  ['Spend in 80 / 95 %', (model) => coverage(model.spend)],
];

export class PrequentialSection {
  /** Days of the chosen horizon. null follows the longest horizon that has matured. */
  #chosen = null;
  #report = null;

  show(report) {
    this.#report = report;
    const { asOf, horizons } = report;
    byId('prequential-empty').hidden = asOf !== null;
    byId('prequential-body').hidden = asOf === null;
    if (asOf === null) return;
    setText(
      byId('prequential-about'),
      `Stored scores, compared with the outcome at the end of their horizon; as of ${day(asOf)}`,
    );
    this.#drawButtons(horizons);
    byId('prequential-coverage').replaceChildren(coverageChart(horizons));
    this.#drawHorizon(this.#current());
  }

  #current() {
    const { horizons } = this.#report;
    const matured = horizons.filter(({ models }) => models.length > 0);
    return horizons.find(({ days }) => days === this.#chosen) ?? matured.at(-1) ?? horizons[0];
  }

  #drawButtons(horizons) {
    const host = byId('prequential-horizons');
    const current = this.#current().days;
    if (host.children.length !== horizons.length) {
      host.replaceChildren(
        ...horizons.map(({ days }) =>
          h('button', { type: 'button', 'data-days': days, onclick: () => this.#choose(days) }, `${days} days`),
        ),
      );
    }
    for (const button of host.children) {
      button.setAttribute('aria-pressed', String(Number(button.dataset.days) === current));
    }
  }

  #choose(days) {
    this.#chosen = days;
    this.show(this.#report);
  }

  #drawHorizon(horizon) {
    const { currency } = this.#report;
    const [served] = horizon.models;
    setText(byId('prequential-calibration-note'), `within ${horizon.days} days`);
    setText(byId('prequential-deciles-note'), `within ${horizon.days} days`);
    const empty = () => h('p', { class: 'empty' }, waitingText(horizon));
    byId('prequential-calibration').replaceChildren(served === undefined ? empty() : calibrationChart(served));
    byId('prequential-deciles').replaceChildren(served === undefined ? empty() : decileChart(served, currency));
    byId('prequential-figures').replaceChildren(
      h('thead', {}, h('tr', {}, ...COLUMNS.map(([name], i) => h('th', cellClass(i, 'col'), name)))),
      h('tbody', {}, ...horizon.models.map((model) => figureRow(model, this.#report))),
    );
  }
}

function figureRow(model, report) {
  return h(
    'tr',
    {},
    ...COLUMNS.map(([, text], i) => h(i === 0 ? 'th' : 'td', cellClass(i, 'row'), text(model, report))),
  );
}

function cellClass(column, scope) {
  if (column > 0) return scope === 'col' ? { scope, class: 'number' } : { class: 'number' };
  return { scope };
}

function versionName(model, currentVersion) {
  if (model === SERVED) return 'Model in force';
  return `${shortVersion(model)} (${model === currentVersion ? 'current' : 'previous'})`;
}

const fixed = (value, digits) => (value === null ? '–' : value.toFixed(digits));
const ratio = (value) => (value === null ? '–' : `${decimal(100 * value)} %`);
const coverage = ({ coverage80, coverage95 }) => `${percent(coverage80)} / ${percent(coverage95)}`;
