import { ProfilesAtFirstEvent, withProfiles } from '../../../src/domain/state/profile-events';
import type { BrokenRow } from '../../../src/ports/table-file';
import { readAttributes } from '../../../src/services/files/customer-attributes';
import { anEvent } from '../../support/events';
import { tableOf } from '../../support/tables';

const COLUMNS: Readonly<Record<string, string>> = {
  customer_id: 'ann',
  age_band: '25-34',
  region: ' North ',
  channel: '',
};
type Row = { readonly line: number; readonly columns: Readonly<Record<string, string>> };
const row = (line: number, changes: Record<string, string> = {}): Row => ({
  line,
  columns: { ...COLUMNS, ...changes },
});

/** The header has the columns of all rows. */
const read = (rows: readonly (Row | BrokenRow)[]) => {
  const header = [...new Set(rows.flatMap((each) => ('columns' in each ? Object.keys(each.columns) : [])))];
  return readAttributes(
    tableOf(
      'people',
      header,
      rows.map((each) =>
        'columns' in each ? { line: each.line, cells: header.map((name) => each.columns[name] ?? '') } : each,
      ),
    ),
  );
};

const ANN = { ageBand: '25-34', region: 'North', channel: null };

describe('a table of attributes', () => {
  test('gives the attributes by customer; empty values and columns that are missing are unknown', async () => {
    const bob = { line: 3, columns: { customer_id: 'bob', channel: 'store' } };
    expect([...(await read([row(2), bob]))]).toEqual([
      ['ann', ANN],
      ['bob', { ageBand: null, region: null, channel: 'store' }],
    ]);
  });

  test('may have the same row for a customer twice', async () => {
    expect([...(await read([row(2), row(3)]))]).toEqual([['ann', ANN]]);
  });

  test.each([
    [[row(2), row(7, { region: 'South' })], 'people, line 7: customer ann has other attributes on line 2'],
    [[row(2, { customer_id: ' ' })], 'people, line 2: customer_id is empty'],
    [
      [row(2, { age: '30' })],
      'people has columns that are no attributes (age): take them out, or give them one of the names age_band, region, channel',
    ],
    [
      [{ line: 2, columns: { customer_id: 'ann' } }],
      'people has no column age_band, region, channel: its header names customer_id',
    ],
    [[row(2, { region: 'x'.repeat(65) })], 'people, line 2: The region has 65 characters: give at most 64'],
    [[row(2), { line: 3, fault: 'unclosed quote' }], 'people, line 3: unclosed quote'],
  ])('is refused whole: %#', async (rows, message) => {
    await expect(read(rows)).rejects.toThrow(message);
  });
});

test('events get the profile of their customer right before the first of theirs, once', () => {
  const events = ['ann', 'bob', 'ann'].map((customerId, i) =>
    anEvent({ customerId, eventId: `e${i}`, timeS: 100 + i }),
  );
  const profiles = new ProfilesAtFirstEvent(
    new Map([
      ['ann', ANN],
      ['eve', ANN],
    ]),
  );
  const merged = [...withProfiles(events, profiles)];
  expect(merged.map(({ kind, customerId, timeS }) => `${kind} ${customerId} ${timeS}`)).toEqual([
    'profile ann 100',
    'order ann 100',
    'order bob 101',
    'order ann 102',
  ]);
  expect(merged[0]!.attributes).toEqual(ANN);
  expect(profiles.customers).toEqual({ total: 2, met: 1 });
});
