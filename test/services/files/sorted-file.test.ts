import type { TableRow } from '../../../src/ports/table-file';
import { EventFiles } from '../../../src/services/files/event-files';
import { type FileForm, PLAIN_FORM } from '../../../src/services/files/file-rules';
import { eventsByTime } from '../../../src/services/files/history-rows';
import { SortedFile } from '../../../src/services/files/sorted-file';
import { type Seeded, seeded, testSeed } from '../../support/seeded';
import { tableOf } from '../../support/tables';

const HEADER = ['customer_id', 'ts', 'order_id', 'amount', 'refunded'];
const START_MS = Date.UTC(2024, 0, 1);
type Cells = readonly string[];

const row = (minute: number, id: string, refunded = '') => {
  return [`c${id}`, new Date(START_MS + minute * 60_000).toISOString(), id, '5.00', refunded];
};

async function filesOf(parts: readonly (readonly Cells[])[], form: Partial<FileForm> = {}): Promise<EventFiles> {
  const tables = parts.map((rows, i) =>
    tableOf(
      `f${i}`,
      HEADER,
      rows.map((cells, at): TableRow => ({ line: at + 2, cells })),
    ),
  );
  const rules = { currency: 'EUR', minorPerMajor: 100, nowMs: Date.UTC(2025, 0, 1), maxFutureMs: 0 };
  return EventFiles.check(tables, { ...rules, form: { ...PLAIN_FORM, ...form } });
}

async function brief(files: EventFiles): Promise<string[]> {
  const events: string[] = [];
  for await (const { timeS, orderId, kind } of eventsByTime(files.inTime)) events.push(`${timeS} ${orderId} ${kind}`);
  return events;
}

function shuffled<T>(dice: Seeded, items: readonly T[]): T[] {
  const keyed = items.map((item) => ({ item, at: dice.next() }));
  return keyed.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

const seed = testSeed();

test(`law: however rows are ordered and cut into files, they are read in the order of time, each time (seed ${seed})`, async () => {
  const dice = seeded(seed);
  for (let round = 0; round < 30; round++) {
    const rows = Array.from({ length: 60 }, (_, i) => row(100 * i, `o${i}`, dice.next() < 0.2 ? '5.00' : ''));
    const expected = await brief(await filesOf([rows]));
    expect(expected).toEqual(expected.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)));
    const mixed = dice.pick([rows.toReversed(), shuffled(dice, rows), [...rows.slice(30), ...rows.slice(0, 30)]]);
    const at = dice.below(60);
    for (const form of [{}, { repeats: 'drop' }, { repeats: 'sum' }] as const) {
      const files = await filesOf([mixed.slice(0, at), mixed.slice(at)], form);
      expect(await brief(files)).toEqual(expected);
      expect(await brief(files)).toEqual(expected);
    }
  }
});

test('with repeats left out, each reading takes the first row of an order', async () => {
  const rows = [row(1, 'a'), row(2, 'b'), row(1, 'a'), row(3, 'c')];
  const files = await filesOf([rows], { repeats: 'drop' });
  const once = await brief(files);
  expect(once).toHaveLength(3);
  expect(await brief(files)).toEqual(once);
});

test('rows of the same second keep their order, and turn it round if the file is newest first', async () => {
  const ids = async (rows: readonly Cells[]) => (await brief(await filesOf([rows]))).map((text) => text.split(' ')[1]);
  expect(await ids([row(1, 'a'), row(1, 'b'), row(2, 'c')])).toEqual(['a', 'b', 'c']);
  expect(await ids([row(2, 'c'), row(1, 'b'), row(1, 'a', '5.00')])).toEqual(['a', 'a', 'b', 'c']);
  expect(await ids([row(2, 'c'), row(1, 'a'), row(1, 'b'), row(3, 'd')])).toEqual(['a', 'b', 'c', 'd']);
});

test('an order whose lines are apart is as old as the first of them', async () => {
  const files = await filesOf([[row(1, 'a'), row(2, 'b'), row(3, 'c'), row(1, 'a')]], { repeats: 'sum' });
  expect((await brief(files)).map((text) => text.split(' ')[1])).toEqual(['a', 'b', 'c']);
});

test('a row may be as far from its place as rows are kept; what is further comes late', async () => {
  const minutes = [4, 3, 2, 1, 8, 7, 6, 5];
  const timesOf = async (most: number) => {
    const [file] = (await filesOf([minutes.map((minute) => row(minute, `o${minute}`))])).files;
    const sorted = new SortedFile(file!, false, most);
    const times: number[] = [];
    const ranks: number[] = [];
    for await (const { timeS } of sorted.events()) {
      times.push((timeS - START_MS / 1000) / 60);
      ranks.push(sorted.rowsRead);
    }
    expect([...ranks, sorted.rowsRead]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 8]);
    return times;
  };
  expect(await timesOf(3)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(await timesOf(2)).toEqual([2, 1, 3, 4, 6, 5, 7, 8]);
});
