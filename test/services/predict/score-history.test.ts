import { Scorer } from '../../../src/domain/scoring/scorer';
import { emptyState } from '../../../src/domain/state/sequence-state';
import { customersOf, SCORE_COLUMNS, scoreRow } from '../../../src/services/predict/score-history';
import { anEvent } from '../../support/events';
import { randomModel } from '../../support/models';

const START_S = 1_700_000_000;
const DAY_S = 86_400;
const model = randomModel(3);
const money = { currency: 'EUR', minorPerMajor: 100 };
const events = ['ben', 'ann', 'ben', 'ann', 'ben'].map((customerId, i) =>
  anEvent({ customerId, eventId: `o${i}`, timeS: START_S + i * DAY_S, amountMinor: 4_000 + i }),
);
const asOfS = START_S + 20 * DAY_S;

test('a row holds what the stream would publish for the customer after the same events and the same silence', () => {
  const scorer = new Scorer(model, 100);
  const rows = customersOf(model, { events, asOfS, money }).map((one) => scoreRow(scorer, one, { asOfS, money }));
  expect(rows.map(([id]) => id)).toEqual(['ann', 'ben']);
  for (const row of rows) {
    const cells = Object.fromEntries(SCORE_COLUMNS.map(({ name }, i) => [name, row[i]]));
    expect(row).toHaveLength(SCORE_COLUMNS.length);
    const state = emptyState(model.weights.shape.units);
    const own = events.filter(({ customerId }) => customerId === row[0]);
    for (const [offset, event] of own.entries()) scorer.fold(state, event, { topic: 0, partition: 0, offset });
    const { value } = scorer.rescore(state, asOfS);
    expect(cells.clv_365d).toBeCloseTo(value, 9);
    expect(cells).toMatchObject({
      as_of: new Date(asOfS * 1000).toISOString(),
      past_orders: own.length,
      currency: 'EUR',
    });
    for (const { name, type } of SCORE_COLUMNS) {
      if (type === 'text') expect(typeof cells[name]).toBe('string');
      else
        expect({ name, finite: cells[name] === null || Number.isFinite(cells[name]) }).toEqual({ name, finite: true });
    }
  }
});

test('only what happened before the instant is known; a figure that there is none of is null', () => {
  const early = {
    events: [anEvent({ kind: 'click', customerId: 'cat', timeS: START_S }), ...events],
    asOfS: START_S + 1,
    money,
  };
  const scorer = new Scorer(model, 100);
  const rows = customersOf(model, early).map((one) => scoreRow(scorer, one, early));
  expect(rows.map(([id]) => id)).toEqual(['ben', 'cat']);
  const at = (name: string) => SCORE_COLUMNS.findIndex((column) => column.name === name);
  expect(rows.map((row) => row[at('past_orders')])).toEqual([1, 0]);
  expect(rows[1]![at('days_since_last_order')]).toBeNull();
});
