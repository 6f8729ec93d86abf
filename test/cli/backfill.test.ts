import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { murmur2Partition } from '../../src/domain/math/hash';
import { runCommand } from '../support/cli';
import { environmentOf } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const HEADER = 'customer_id,ts,kind,order_id,amount,items';

let home = '';
let deployment: Deployment;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'clv-backfill-'));
  deployment = await openDeployment('embedded');
});
afterEach(async () => {
  await deployment.close();
  rmSync(home, { recursive: true, force: true });
});

const rows = (name: string, times: readonly number[]) =>
  times.map((ms, i) => `c${i % 7},${new Date(ms).toISOString()},order,${name}${i},${10 + i}.00,1`);

function eventFile(name: string, lines: readonly string[]): string {
  const path = join(home, `${name}.csv`);
  writeFileSync(path, `${[HEADER, ...lines].join('\n')}\n`);
  return path;
}

const backfill = (...args: string[]) =>
  runCommand(['replay', '--backfill', ...args], environmentOf(deployment.settings));

/** Live orders that arrive now, about these instants. */
async function live(times: readonly number[]): Promise<void> {
  await deployment.write(
    times.map((eventTime, i) => {
      const customerId = `l${i}`;
      const key = Buffer.from(customerId);
      const order = {
        orderId: `o${i}`,
        customerId,
        status: 'placed',
        eventTime,
        amountMinor: 1,
        currency: 'EUR',
        items: 1,
      };
      const partition = murmur2Partition(key, deployment.settings.CLV_PARTITIONS);
      const topic = deployment.platform.topics.inputs[0]!;
      return { topic, partition, key, value: Buffer.from(JSON.stringify(order)), timestampMs: Date.now() };
    }),
  );
}

async function written(): Promise<number> {
  const reader = deployment.platform.reader();
  let count = 0;
  for (let partition = 0; partition < deployment.settings.CLV_PARTITIONS; partition++) {
    const position = { topic: deployment.platform.topics.inputs[0]!, partition, offset: 0 };
    await reader.readToEnd([position], async ({ records }) => {
      count += records.filter(({ headers }) => headers !== undefined).length;
    });
  }
  return count;
}

const now = Math.floor(Date.now() / 1000) * 1000;
const YEAR = Array.from({ length: 50 }, (_, i) => now - 365 * DAY + i * 7 * DAY);

test('without live traffic all rows are written, and a second run of the same content writes nothing', async () => {
  const file = eventFile('shop', rows('a', YEAR));
  expect(backfill('--events', file)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /live traffic began: none yet\nto write: 50 events .*\n50 events and 0 profiles written/,
    ),
  });
  const copy = eventFile('copy', rows('a', YEAR));
  expect(backfill('--events', copy)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/already, as shop, 50 events/),
  });
  expect(await written()).toBe(50);
});

test('rows that live traffic has are left out and named; an order that came late does not move its beginning', async () => {
  const beganMs = Math.floor(now / 1000) * 1000 - 600_000;
  await live([beganMs + 1_000, beganMs, now - 40 * DAY, beganMs + 2_000]);
  const overlap = [beganMs - 1_000, beganMs, beganMs + 1_000];
  const { code, stdout } = backfill('--events', eventFile('shop', rows('a', [...YEAR, ...overlap])));
  expect(stdout).toMatch(/53 rows read, 51 taken, 2 passed over/);
  expect(stdout).toContain(`line 53: live traffic of orders has them, since ${new Date(beganMs).toISOString()}`);
  expect([code, await written()]).toEqual([0, 51]);
  // Its own records are not live, and another file has the same bounds.
  const other = backfill('--events', eventFile('other', rows('b', [...YEAR, ...overlap])));
  expect(other.stdout).toContain(`live traffic began: orders ${new Date(beganMs).toISOString()}`);
  expect(await written()).toBe(102);
});

test('a file that is newest first is written in the order of time, and goes on there after a stop; repeats are left out once', async () => {
  const lines = rows('a', YEAR.toReversed());
  const file = eventFile('newest-first', [...lines, ...lines.slice(0, 3)]);
  expect(backfill('--events', file, '--drop-repeats')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /its rows are put in the order of time, the first that is older than one before it is line 3\n(.*\n)+to write: 50 events .*\n50 events and 0 profiles written/,
    ),
  });
  expect(await written()).toBe(50);
});

test('what can not be told or would count twice is refused, and writes nothing', async () => {
  const file = eventFile('shop', rows('a', YEAR));
  const refusal = (...args: string[]) => {
    const { code, stderr } = backfill(...args);
    return code === 1 ? stderr : `code ${code}`;
  };
  expect(refusal('--events', file, '--until', '2999-01-01')).toMatch(/later than now/);
  expect(refusal('--events', file, eventFile('copy', rows('a', YEAR)))).toMatch(/same content: name it once/);
  expect(refusal('--events', eventFile('none', []))).toMatch(/has a header and no rows/);
  await live([now - 1_000]);
  expect(refusal('--events', eventFile('late', rows('a', [now, now])))).toMatch(
    /2 of 2 rows were passed over: .*live traffic/,
  );
  expect(await written()).toBe(0);
});

test('a topic that begins with a history is refused, until the operator says when live traffic began', async () => {
  await live(YEAR);
  const file = eventFile('shop', rows('a', YEAR));
  expect(backfill('--events', file)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/a history without --backfill/),
  });
  const until = new Date(YEAR[10]!).toISOString();
  expect(backfill('--events', file, '--until', until)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/10 taken, 40 passed/),
  });
  writeFileSync(file, `${[HEADER, ...rows('a', YEAR), ...rows('b', [now - DAY])].join('\n')}\n`);
  expect(backfill('--events', file)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/A file shop with other content/),
  });
});

test('options of a back-fill without one are refused', () => {
  const { code, stderr } = runCommand(['replay', '--events', 'x', '--rate', '5'], environmentOf(deployment.settings));
  expect([code, stderr]).toEqual([2, expect.stringContaining('--until and --rate belong to --backfill')]);
});
