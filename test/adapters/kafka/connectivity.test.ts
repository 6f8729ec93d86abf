import { Connectivity } from '../../../src/adapters/kafka/connectivity';

const HOLD_MS = 5_000;
let reports: string[];
let connectivity: Connectivity<'group' | 'fetch'>;

beforeEach(() => {
  jest.useFakeTimers();
  reports = [];
  connectivity = new Connectivity((up, reason) => reports.push(up ? 'up' : `down: ${reason}`), HOLD_MS);
});
afterEach(() => jest.useRealTimers());

test('is up with the first answer, and down with the first fault', () => {
  connectivity.up('group');
  connectivity.up('fetch');
  connectivity.down('fetch', 'refused by 10.0.0.1');
  expect(reports).toEqual(['up', 'down: refused by 10.0.0.1']);
});

test('reports once that it is away and once that it is back, however often a part flaps meanwhile', () => {
  connectivity.up('fetch');
  for (let i = 0; i < 77; i++) {
    connectivity.down('fetch', `connection to node ${i} refused`);
    jest.advanceTimersByTime(60);
    connectivity.up('fetch');
    jest.advanceTimersByTime(60);
    connectivity.up('fetch');
  }
  expect(reports).toEqual(['up', 'down: connection to node 0 refused']);
  jest.advanceTimersByTime(HOLD_MS);
  expect(reports).toEqual(['up', 'down: connection to node 0 refused', 'up']);
});

test('is back only when every part is, whichever came back first', () => {
  connectivity.down('group', 'no coordinator');
  connectivity.down('fetch', 'refused');
  connectivity.up('fetch');
  jest.advanceTimersByTime(HOLD_MS);
  expect(reports).toEqual(['down: no coordinator']);
  connectivity.up('group');
  jest.advanceTimersByTime(HOLD_MS - 1);
  expect(reports).toEqual(['down: no coordinator']);
  jest.advanceTimersByTime(1);
  expect(reports).toEqual(['down: no coordinator', 'up']);
});

test('a part that never was down does not end the watch over another', () => {
  connectivity.down('fetch', 'refused');
  connectivity.up('group');
  jest.advanceTimersByTime(2 * HOLD_MS);
  expect(reports).toEqual(['down: refused']);
});
