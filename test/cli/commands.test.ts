import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runCommand, startCommand } from '../support/cli';
import { until } from '../support/process';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'clv-cli-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const embedded = () => ({ CLV_HOME: home, CLV_PARTITIONS: '2', CLV_HTTP_PORT: '0', CLV_LOG_FORMAT: 'text' });

const EVENT_FILE = `customer_id,ts,kind,order_id,amount,items,lines,attr
ann,2024-01-01T08:00:00Z,browse,,,,,
ann,2024-01-01T08:05:00Z,order,o1,20.50,2,1,
bob,2024-01-02T09:00:00Z,order,o2,99.99,1,1,
ann,2024-01-09T10:00:00Z,refund,o1,-20.50,2,1,
ann,2024-01-09T10:00:01Z,campaign_sent,,,,,
bob,2024-02-01T09:00:00Z,order,o3,not-money,1,1,
bob,2024-03-01T09:00:00Z,click,,,,,
`;

describe('the command line', () => {
  test('lists every fault of the settings in one message and ends with 2', () => {
    const { code, stderr } = runCommand(['score'], { ...embedded(), CLV_MAX_BATCH: '0', CLV_CURENCY: 'EUR' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/2 faults/);
    expect(stderr).toMatch(/CLV_MAX_BATCH=0: expected at least 1/);
    expect(stderr).toMatch(/Did you mean CLV_CURRENCY\?/);
  });

  test('ends with 2 for an unknown command or option, and lists what exists', () => {
    expect(runCommand(['fold']).code).toBe(2);
    expect(runCommand(['demo', '--evnts', '5']).code).toBe(2);
    expect(runCommand(['demo', '--events', '-5']).stderr).toMatch(/whole number above 0/);
    const help = runCommand(['--help']);
    expect(help.code).toBe(0);
    for (const command of [
      'demo',
      'setup',
      'score',
      'train',
      'serve',
      'clock',
      'simulate',
      'replay',
      'audit',
      'fit',
      'model',
    ]) {
      expect(help.stdout).toContain(`  ${command}`);
      expect(runCommand([command, '--help']).stdout.length).toBeGreaterThan(200);
    }
  });

  test('replays an event file, scores it, serves it and audits it, each a process of its own on the embedded folder', async () => {
    const file = join(home, 'events.csv.gz');
    writeFileSync(file, gzipSync(EVENT_FILE));
    expect(runCommand(['setup'], embedded())).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('clv-updates'),
    });
    const replay = runCommand(['replay', '--events', file], embedded());
    expect(replay.code).toBe(0); // one row could not be used, and is named
    expect(replay.stdout).toMatch(
      /7 rows read, 5 taken, 2 passed over[\s\S]*5 events \(3 orders and refunds, 1 click, 1 browse, 0 reviews\)/,
    );
    expect(replay.stdout).toMatch(/1 passed over: kind is "campaign_sent", line 6: kind campaign_sent is no input/);
    expect(replay.stdout).toMatch(/1 passed over: amount is "not-money", line 7: /);

    const score = startCommand(['score'], embedded());
    const serve = startCommand(['serve', '--port', '0'], embedded());
    try {
      await until('the dashboard is up', () => /dashboard at (\S+)/.test(serve.stderr()));
      const url = /dashboard at (\S+)/.exec(serve.stderr())![1]!;
      const ann = async () => (await fetch(`${url}/v1/customers/ann`)).json() as Promise<Record<string, unknown>>;
      await until('ann is scored and refunded', async () => JSON.stringify(await ann()).includes('"orders":1'));
      // Before the commands below, which hold this process up for longer than the server keeps a connection.
      expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/clv_/);
      await until(
        'every event is published',
        () =>
          runCommand(['audit', '--json'], embedded()).stdout.includes('"pending":0') &&
          !/"pending":[1-9]/.test(runCommand(['audit', '--json'], embedded()).stdout),
      );
    } finally {
      expect((await score.stop()).code).toBe(0);
      expect((await serve.stop()).code).toBe(0);
    }
    const audit = runCommand(['audit'], embedded());
    expect(audit).toMatchObject({ code: 0, stdout: expect.stringContaining('passed') });
  }, 120_000);
});
