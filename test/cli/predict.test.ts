import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulatedHistory } from '../../src/cli/fit/history';
import { PACKAGE_DIRECTORY } from '../../src/cli/process/process';
import { runCommand } from '../support/cli';
import { randomOrders } from '../support/random-orders';

/** Trains on WebAssembly: slow where the machine is busy. */
jest.setTimeout(240_000);

describe('clv-stream predict', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clv-predict-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);
  const orders = [...simulatedHistory(120, 200, 4).events].filter(({ kind }) => kind === 'order');
  const shop = (change: (major: number, row: number) => number = (major) => major) => {
    const rows = orders.map(({ customerId, timeS, amountMinor }, i) =>
      [customerId, new Date(timeS * 1000).toISOString(), 'order', change(amountMinor / 100, i).toFixed(2)].join(),
    );
    writeFileSync(at('shop.csv'), ['customer_id,ts,kind,amount', ...rows, 'x,2024-01-01,order,much'].join('\n'));
    return at('shop.csv');
  };
  const predict = (...given: string[]) => runCommand(['predict', '--events', at('shop.csv'), ...given], {});
  const customers = new Set(orders.map(({ customerId }) => customerId));

  test('writes a row per customer, the same in every format, and names what it passed over', () => {
    shop();
    for (const name of ['s.csv', 's.jsonl', 's.parquet']) {
      const { code, stdout, stderr } = predict('--out', at(name));
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringContaining(`${customers.size} customers as of`),
      });
      expect(stderr).toMatch(/1 passed over: amount is "much", line \d+: not an amount in EUR/);
    }
    const [head, ...csv] = readFileSync(at('s.csv'), 'utf8').trimEnd().split('\n');
    const rows = readFileSync(at('s.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map((row) => row.customer_id)).toEqual([...customers].sort());
    expect(csv).toEqual(
      rows.map((row) =>
        Object.values(row)
          .map((cell) => cell ?? '')
          .join(),
      ),
    );
    expect(head!.split(',')).toEqual(Object.keys(rows[0]));
    // A process of its own: the library is an ES module.
    const reading = `import('hyparquet').then(async (h) => console.log(JSON.stringify(await h.parquetReadObjects({
      file: await h.asyncBufferFromFile(process.argv[1]) }))))`;
    const read = execFileSync(process.execPath, ['-e', reading, at('s.parquet')], { cwd: PACKAGE_DIRECTORY });
    expect(JSON.parse(read.toString())).toEqual(rows);
  });

  test('trains on the spot; the model that it keeps gives the same scores, in its own currency only', () => {
    shop();
    const training = ['--fit', '--epochs', '1', '--backend', 'wasm', '--currency', 'gbp'];
    const { code, stdout } = predict(...training, '--save-model', at('m.clvm'), '--out', at('f.csv'));
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/GBP\n$/) });
    expect(predict('--model', at('m.clvm'), '--out', at('g.csv')).code).toBe(0);
    expect(readFileSync(at('g.csv'), 'utf8')).toBe(readFileSync(at('f.csv'), 'utf8'));
    const refused = predict('--model', at('m.clvm'), '--currency', 'USD', '--out', at('h.csv'));
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/other-currency.*GBP.*USD.*or give --currency GBP if/),
    });
    expect(refused.stderr).not.toMatch(/CLV_CURRENCY/);
    expect(existsSync(at('h.csv'))).toBe(false);
  });

  test('a file of which most rows can not be used is refused, and no table is written; --force scores the others', () => {
    const rows = Array.from({ length: 20 }, (_, i) => `c${i},2024-01-03,order,"${i < 3 ? '784' : '3,784'}"`);
    writeFileSync(at('thousands.csv'), ['customer_id,ts,kind,amount', ...rows].join('\n'));
    const scores = (...given: string[]) =>
      runCommand(['predict', '--events', at('thousands.csv'), '--out', at('few.csv'), ...given], {});
    expect(scores()).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /17 of 20 rows can't be used, 3 can\. .*"3,784", line 5: .*--decimal point or --decimal comma\. --force/,
      ),
    });
    expect(existsSync(at('few.csv'))).toBe(false);
    expect(scores('--force')).toMatchObject({ code: 0, stdout: expect.stringMatching(/3 customers as of/) });
    expect(scores('--decimal', 'point')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/20 customers as of/),
    });
  });

  test('a refusal right at the beginning is one line, and leaves no part of a table', () => {
    shop();
    for (const given of [[at('shop.csv')], ['--attributes', at('shop.csv')]]) {
      const { code, stderr } = predict(...given, '--out', at('early.csv'));
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/^clv-stream predict: .*(named twice|no attributes).*\n$/),
      });
      expect(readdirSync(folder).filter((name) => name.startsWith('early'))).toEqual([]);
    }
  });

  test('a model that is not recommended scores with a warning, on the spot and later', () => {
    writeFileSync(at('shop.csv'), randomOrders(120));
    const training = ['--fit', '--epochs', '2', '--backend', 'wasm', '--save-model', at('r.clvm')];
    for (const given of [training, ['--model', at('r.clvm')]]) {
      const { code, stdout, stderr } = predict(...given, '--out', at('r.csv'));
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/model m-\w+ \(not recommended\);/) });
      expect(stderr).toMatch(
        /warning: model m-\w+ is not recommended: .*one rate for all.*held-out customers\)\. It scores/,
      );
    }
    const shown = runCommand(['model', 'show', at('r.clvm')], {});
    expect(shown.stdout).toMatch(/^not recommended +.*one rate for all/m);
    expect(predict('--out', at('r.csv')).stdout).not.toContain('recommended');
  });

  test('what can not be written is said before the work, and nothing that is read is overwritten', () => {
    const input = readFileSync(shop(), 'utf8');
    for (const [given, why] of [
      [['--out', at('shop.csv')], /--out .*shop\.csv can't be written: it is also read/],
      [['--out', at('missing/s.csv')], /--out .*: the folder .*missing does not exist/],
      [['--fit', '--out', at('s9.csv'), '--save-model', at('missing/m.clvm')], /--save-model .*: the folder/],
      [['--out', at('s9.csv'), '--as-of', '2099-01-01'], /--as-of is later than now/],
    ] as const) {
      expect(predict(...given)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(why) });
    }
    expect(readFileSync(at('shop.csv'), 'utf8')).toBe(input);
    expect(existsSync(at('s9.csv'))).toBe(false);
  });

  test('an order of 1e7 and one of 1e12 give the same scores', () => {
    const middle = Math.floor(orders.length / 2);
    const scores = [1e7, 1e12].map((amount, i) => {
      shop((major, row) => (row === middle ? amount : major));
      expect(predict('--out', at(`o${i}.jsonl`)).code).toBe(0);
      const rows = readFileSync(at(`o${i}.jsonl`), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      return rows.map(({ past_value: _, ...forecast }) => forecast);
    });
    expect(scores[0]).toEqual(scores[1]);
  });

  test('what can not be done is refused in one line', () => {
    shop();
    const both = predict('--fit', '--model', 'm.clvm', '--out', at('x.csv'));
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('either --model or --fit') });
    const nobody = predict('--as-of', '2001-01-01', '--out', at('x.csv'));
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('no event before 2001-01-01') });
    const short = predict('--fit', '--as-of', '2024-01-20', '--out', at('x.csv'));
    expect(short).toMatchObject({ code: 1, stderr: expect.stringMatching(/the history has 1\d days .*--force/) });
    const banana = predict('--currency', 'banana', '--out', at('x.csv'));
    expect(banana).toMatchObject({ code: 2, stderr: expect.stringContaining('ISO 4217') });
    expect(existsSync(at('x.csv'))).toBe(false);
  });
});
