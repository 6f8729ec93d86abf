import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { evaluateCommand } from '../../src/cli/commands/evaluate';
import { fitCommand } from '../../src/cli/commands/fit';
import { historyBefore, recordedHistory } from '../../src/cli/fit/history';
import { runCommand } from '../support/cli';

const HEADER = 'customer_id,ts,kind,order_id,amount,items';
const DAY_S = 86_400;
const START_S = Date.parse('2023-01-01T10:00:00Z') / 1000;

/** 40 orders of as many customers, a day apart. */
const ROWS = Array.from({ length: 40 }, (_, i) => {
  const day = new Date((START_S + i * DAY_S) * 1000).toISOString();
  return `c${i},${day},order,o${i},${(30 + i).toFixed(2)},1`;
});

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'clv-files-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function eventFile(name: string, rows: readonly string[], header = HEADER): string {
  const path = join(home, name);
  const text = `${[header, ...rows].join('\n')}\n`;
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

describe('clv-stream replay', () => {
  const embedded = () => ({ CLV_HOME: join(home, 'store'), CLV_PARTITIONS: '2', CLV_LOG_FORMAT: 'text' });
  const replay = (...args: string[]) => runCommand(['replay', ...args], embedded());
  beforeEach(() => void runCommand(['setup'], embedded()));

  test('a row dated after now is passed over and named, and no tick is written for it', () => {
    const file = eventFile('shop.csv', [...ROWS, 'c1,2099-12-31,order,oF,10.00,1']);
    const { code, stdout } = replay('--events', file);
    expect(stdout).toMatch(/41 rows read, 40 taken, 1 passed over/);
    expect(stdout).toMatch(/1 passed over: ts is 2099-12-31T00:00:00.000Z, line 42: later than now/);
    // 39 days, 8 ticks a day, 2 partitions.
    expect(stdout).toMatch(/40 events .* 624 ticks/);
    // The work was done, and the report names the row.
    expect(code).toBe(0);
  });

  test('a file of which most rows can not be used is refused before a record is written; --force writes the others', () => {
    const file = eventFile('shop.csv', [
      ROWS[0]!,
      ...ROWS.slice(1, 3).map((row) => row.replace(/2023-01-\d\d/, '2023-02-30')),
    ]);
    const refused = replay('--no-ticks', '--events', file);
    expect(refused).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^.*3 rows read, 1 taken, 2 passed over\n {2}2 passed over: [^\n]*line 3[^\n]*\n$/),
      stderr: expect.stringMatching(
        /2 of 3 rows can't be used, 1 can\. .*line 3: no day or time of the calendar\. --force goes on/,
      ),
    });
    const forced = replay('--no-ticks', '--force', '--events', file);
    expect(forced).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\n {2}1 event /),
      stderr: expect.stringMatching(/warning: .*2 of 3 rows/),
    });
  });

  test('a file that is named twice is said to be, under another name too', () => {
    const file = eventFile('shop.csv', ROWS);
    const link = join(home, 'link.csv');
    symlinkSync(file, link);
    expect(replay('--events', file, file).stderr).toContain(`${file} is named twice: name it once.`);
    expect(replay('--events', file, link).stderr).toContain(`${link} is named twice, also as ${file}: name it once.`);
  });

  test('the same content under two names is refused, gzipped or not, without order ids too', () => {
    const rows = ROWS.map((row) => row.replace(/,o\d+,/, ',,'));
    const file = eventFile('shop.csv', rows);
    for (const name of ['copy.csv', 'copy.csv.gz', 'shop.csv.gz']) {
      const copy = eventFile(name, rows);
      expect(replay('--events', file, copy)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining(`${file} and ${copy} have the same content: name it once.`),
      });
    }
    expect(replay('--no-ticks', '--events', file, eventFile('more.csv', rows.slice(1))).stdout).toMatch(
      /more\.csv: 39 rows read, 39 taken.*\n(?: {2}.*\n)* {2}39 rows without an order id have .* --drop-repeats/,
    );
  });

  test('a fault of the attributes comes before the events are read', () => {
    const attributes = join(home, 'people.csv');
    writeFileSync(attributes, 'customer_id,colour\nc1,red\n');
    const { code, stderr } = replay('--events', join(home, 'missing.csv'), '--attributes', attributes);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/people has columns that are no attributes \(colour\)/),
    });
  });

  test('files that are newest first, or shuffled, or several, are written in the order of time, with its ticks', () => {
    const oldest = replay('--events', eventFile('oldest.csv', ROWS)).stdout;
    expect(oldest).toMatch(/oldest.csv: 40 rows read, 40 taken, 0 passed over\n {2}40 events .* 624 ticks/);
    const newest = replay('--events', eventFile('newest.csv', ROWS.toReversed()));
    expect(newest.code).toBe(0);
    expect(newest.stdout).toMatch(
      /its rows are newest first: they are put in the order of time\n {2}40 events .* 624 ticks/,
    );
    const shuffled = replay('--events', eventFile('mixed.csv', [...ROWS.slice(20), ...ROWS.slice(0, 20)]));
    expect(shuffled.stdout).toMatch(/in the order of time, the first that is older than one before it is line 22\n/);
    expect(shuffled.stdout).toMatch(/40 events .* 624 ticks/);
    const parts = [ROWS.filter((_, i) => i % 2 === 0), ROWS.filter((_, i) => i % 2 === 1)];
    const files = parts.map((rows, i) => eventFile(`part${i}.csv`, rows));
    expect(replay('--events', ...files).stdout).toMatch(
      /part0.csv: 20 rows read.*\n.*part1.csv: 20 rows read.*\n {2}40 events .* 624 ticks/,
    );
  });

  test('an allowance of its own for the future is the one of the settings', () => {
    const file = eventFile('shop.csv', ['c1,2099-12-31,order,oF,10.00,1']);
    const { stdout } = runCommand(['replay', '--no-ticks', '--events', file], {
      ...embedded(),
      CLV_MAX_FUTURE_SECONDS: '3153600000',
    });
    expect(stdout).toMatch(/1 row read, 1 taken, 0 passed over/);
  });

  test('a file whose order ids repeat writes nothing, and says what to do; joined, its orders are written', () => {
    const lines = eventFile(
      'lines.csv.gz',
      ROWS.flatMap((row) => [row, row]),
    );
    const refused = replay('--events', lines);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/order ids repeat: 40 of 80 rows .*line 3 .*--join-lines.*--drop-repeats/);
    const joined = replay('--events', lines, '--join-lines', '--no-ticks');
    expect(joined).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/80 lines added up to 40 orders\n {2}40 events/),
    });
  });

  test('columns, dates, delimiter and decimal mark of an own export', () => {
    const rows = ['A1;03.01.2024;1001;1.042,50;2', 'A2;04.01.2024;1002;3,00;1'];
    const file = eventFile('own.csv', rows, 'CustomerID;OrderDate;OrderNumber;Total;Quantity');
    const refused = replay('--events', file);
    expect(refused.stderr).toMatch(/no column customer_id, ts: .*--map 'customer_id=CustomerID,ts=OrderDate,/);
    const map = 'customer_id=CustomerID,ts=OrderDate,order_id=OrderNumber,amount=Total,items=Quantity';
    const undated = replay('--events', file, '--map', map);
    expect(undated.code).toBe(1);
    expect(undated.stdout).toMatch(/2 passed over: ts is "03.01.2024", line 2: .*--date-format 'd.M.yyyy'/);
    const { code, stdout } = replay('--events', file, '--map', map, '--date-format', 'dd.MM.yyyy', '--no-ticks');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /2 rows read, 2 taken, 0 passed over\n {2}its delimiter is a semicolon\n {2}its amounts have a decimal comma/,
    );
  });

  test('options that can not be understood, or contradict each other, end with 2', () => {
    for (const args of [
      ['--map', 'client=CustomerID'],
      ['--date-format', 'HH:mm'],
      ['--kind', 'wish'],
      ['--decimal', 'dot'],
      ['--delimiter', '::'],
      ['--encoding', 'klingon'],
      ['--preset', 'magento'],
      ['--join-lines', '--drop-repeats'],
    ]) {
      expect([args, replay('--events', 'x.csv', ...args).code]).toEqual([args, 2]);
    }
  });
});

describe('clv-stream fit and evaluate', () => {
  let errors = '';
  beforeEach(() => {
    errors = '';
    const keep = (text: unknown) => {
      errors += `${text}`;
      return true;
    };
    jest.spyOn(process.stderr, 'write').mockImplementation(keep);
    jest.spyOn(console, 'error').mockImplementation((text) => void keep(`${text}\n`));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = undefined;
  });
  const commands = {
    fit: (...args: string[]) =>
      fitCommand()
        .exitOverride()
        .parseAsync(['--out', join(home, 'out'), '--backend', 'wasm', ...args], { from: 'user' }),
    evaluate: (...args: string[]) =>
      evaluateCommand()
        .exitOverride()
        .parseAsync(['--cut', '2023-01-20', '--horizon', '10', '--backend', 'wasm', ...args], { from: 'user' }),
  };

  test.each(['fit', 'evaluate'] as const)(
    '%s prints the report of the rows, and fails with it if none was taken',
    async (name) => {
      const rows = ROWS.map((row) => row.replace(/(\d+)\.(\d\d),1$/, '"$1,$2",1'));
      const file = eventFile('comma.csv', rows);
      await commands[name]('--events', file, '--decimal', 'point');
      expect(process.exitCode).toBe(1);
      expect(errors).toContain(`${file}: 40 rows read, 0 taken, 40 passed over\n`);
      expect(errors).toContain(
        `clv-stream ${name}: ${file}: 40 of 40 rows were passed over: amount is "30,00", line 2: `,
      );
    },
  );

  test.each(['fit', 'evaluate'] as const)('%s refuses a file of which most rows can not be used', async (name) => {
    const file = eventFile('shop.csv', [
      ...ROWS.slice(0, 3),
      ...ROWS.slice(3).map((row) => row.replace('2023', 'in 2023')),
    ]);
    await commands[name]('--events', file);
    expect(process.exitCode).toBe(1);
    expect(errors).toMatch(
      /shop\.csv: 37 of 40 rows can't be used, 3 can\. The most frequent reason: ts is "in 2023-01-04.*line 5.*--force/,
    );
  });

  test.each(['fit', 'evaluate'] as const)(
    '%s finds a fault of the attributes before the events are read',
    async (name) => {
      const attributes = join(home, 'people.csv');
      writeFileSync(attributes, 'customer_id,colour\nc1,red\n');
      await commands[name]('--events', join(home, 'missing.csv'), '--attributes', attributes);
      expect(errors).toMatch(/people has columns that are no attributes \(colour\)/);
      expect(errors).not.toMatch(/missing\.csv/);
    },
  );

  test.each(['fit', 'evaluate'] as const)(
    '%s refuses repeated order ids and unreadable files by name',
    async (name) => {
      const file = eventFile(
        'twice.csv.gz',
        ROWS.flatMap((row) => [row, row]),
      );
      await commands[name]('--events', file);
      expect(errors).toMatch(/twice\.csv\.gz: order ids repeat: 40 of 80 rows/);
      const fake = join(home, 'fake.csv.gz');
      writeFileSync(fake, `${HEADER}\n`);
      await commands[name]('--events', fake);
      expect(errors).toMatch(/fake\.csv\.gz is named \.gz, but it is not gzipped/);
    },
  );

  test.each(['fit', 'evaluate'] as const)('%s refuses the same content under two names', async (name) => {
    const [file, copy] = [eventFile('shop.csv', ROWS), eventFile('copy.csv.gz', ROWS)];
    await commands[name]('--events', file, copy);
    expect(process.exitCode).toBe(1);
    expect(errors).toContain(`${file} and ${copy} have the same content: name it once.`);
  });

  test('options of event files need event files', async () => {
    const given = fitCommand()
      .exitOverride()
      .parseAsync(['--out', 'x', '--simulated', '--decimal', 'comma', '--join-lines'], { from: 'user' });
    await expect(given).rejects.toThrow();
    expect(errors).toMatch(/--decimal, --join-lines: only for event files \(--events\)/);
  });
});

describe('a history of files', () => {
  const said: string[] = [];
  const history = async (rows: readonly string[], files = {}) => {
    said.length = 0;
    const path = eventFile('shop.csv', rows);
    const nowMs = Date.parse('2026-01-01T00:00:00Z');
    const made = await recordedHistory([path], 'EUR', { files, nowMs, say: (line) => said.push(line) });
    return { ...made, events: [...made.events] };
  };

  test('rows of 1970, of 2099 and of 30 February change nothing', async () => {
    const clean = await history(ROWS);
    const bad = ['1970-01-01T00:00:00Z', '2099-12-31', '2024-02-30'].map((ts, i) => `c1,${ts},order,x${i},10.00,1`);
    const { events, endS, passedOver } = await history([...ROWS, ...bad]);
    expect([events, endS]).toEqual([clean.events, clean.endS]);
    expect(passedOver.map(({ first }) => first)).toEqual([
      'ts is 1970-01-01T00:00:00.000Z, line 42',
      'ts is 2099-12-31T00:00:00.000Z, line 43',
      'ts is "2024-02-30", line 44',
    ]);
    expect(said).toHaveLength(4);
  });

  test('a valid row years after all others does not make everybody look silent since: the history ends before it', async () => {
    const clean = await history(ROWS);
    const made = await history([...ROWS, 'c1,2025-12-01T20:00:00Z,order,oF,10.00,1']);
    expect([made.events, made.endS]).toEqual([clean.events, clean.endS]);
    expect(made.doubtful).toEqual([expect.objectContaining({ eventId: 'shop:42', customerId: 'c1' })]);
    expect(said.at(-1)).toMatch(
      /^warning: 1 event comes at least \d+ days after all others of the 41.* The first is shop:42 of customer c1, dated 2025-12-01/,
    );
    const later = historyBefore(made, Date.parse('2026-01-01T00:00:00Z') / 1000);
    expect([...later.events]).toHaveLength(41);
  });

  test('an event of the coming day is kept, and counts as of now', async () => {
    const lately = Array.from({ length: 5 }, (_, i) => `c${20 + i},2025-12-3${i % 2}T10:00:00Z,order,l${i},10.00,1`);
    const { events, endS } = await history([...ROWS, ...lately, 'c1,2026-01-01T20:00:00Z,order,oF,10.00,1']);
    expect(events).toHaveLength(46);
    expect(endS).toBe(Date.parse('2026-01-01T00:00:01Z') / 1000);
  });

  test('a file with each row twice is the file; with each order in four lines too', async () => {
    const money = (events: readonly { readonly amountMinor: number }[]) => events.map(({ amountMinor }) => amountMinor);
    const clean = await history(ROWS);
    const dropped = await history(
      ROWS.flatMap((row) => [row, row]),
      { dropRepeats: true },
    );
    expect(money(dropped.events)).toEqual(money(clean.events));
    const quarters = ROWS.flatMap((row, i) => {
      const parts = [7, 8, 9, 6 + i].map((part) => row.replace(/[\d.]+,1$/, `${part}.00,1`));
      return i % 2 ? parts : parts.reverse();
    });
    const joined = await history(quarters, { joinLines: 'sum' });
    expect(money(joined.events)).toEqual(money(clean.events));
    expect(joined.events.every(({ items }) => items === 4)).toBe(true);
  });
});
