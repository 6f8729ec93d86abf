import { createLogObserver, type LogOptions } from '../../src/observability/log-observer';
import { TEN_RECORDS } from './batch-facts';

function logged(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const observer = createLogObserver({
    format: 'json',
    level: 'info',
    name: 'scorer',
    write: (line) => lines.push(line),
    summaryIntervalMs: 20,
    ...options,
  });
  return { lines, observer, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('a thousand batches are one line', () => {
  const { observer, records } = logged({ summaryIntervalMs: 60_000 });
  for (let batch = 0; batch < 1000; batch += 1) observer.observe(TEN_RECORDS);
  observer.observe({ kind: 'published', partition: 3, records: 10, seconds: 0.01 });
  observer.observe({ kind: 'lag', partition: 3, records: 12 });
  observer.close();
  expect(records()).toEqual([
    expect.objectContaining({
      msg: 'flow',
      name: 'scorer',
      batches: 1000,
      events: 10_000,
      updates: 9000,
      deadLetters: 1000,
      published: 10,
      lagRecords: 12,
      slowestBatchMs: 4,
    }),
  ]);
});

test('a summary comes by itself, and none if nothing happened', async () => {
  const { observer, lines } = logged();
  observer.observe(TEN_RECORDS);
  await new Promise((resolve) => setTimeout(resolve, 100));
  observer.close();
  expect(lines).toHaveLength(1);
});

test('a dependency is reported when it goes and when it comes back', () => {
  const { observer, records } = logged();
  observer.observe({ kind: 'dependency', name: 'redis', up: true, reason: 'connected' });
  observer.observe({ kind: 'dependency', name: 'redis', up: false, reason: 'ECONNREFUSED' });
  observer.observe({ kind: 'dependency', name: 'redis', up: false, reason: 'ECONNREFUSED' });
  observer.observe({ kind: 'dependency', name: 'redis', up: true, reason: 'connected' });
  observer.close();
  expect(records().map((record) => record.msg)).toEqual([
    'redis is up',
    'redis is away; trying again with back-off',
    'redis is back',
  ]);
});

test("events of a process's life are logged with their figures", () => {
  const { observer, records } = logged({ level: 'debug' });
  observer.observe({ kind: 'partition-assigned', partition: 1 });
  observer.observe({ kind: 'partition-revoked', partition: 1 });
  observer.observe({ kind: 'fenced', partition: 1, by: 'log' });
  observer.observe({ kind: 'model-swapped', version: 'abc', announcedAtMs: 0 });
  observer.observe({ kind: 'model-refused', version: 'abd', reason: 'digest differs' });
  observer.observe({ kind: 'trained', loss: 0.4, examples: 5, seconds: 1, scope: 'heads' });
  observer.observe({
    kind: 'gate',
    promoted: true,
    reason: 'better',
    championLoss: 0.5,
    challengerLoss: 0.4,
    origins: 9,
  });
  observer.observe({
    kind: 'labels',
    openOrigins: 1,
    closedIntervals: 2,
    reservoir: 3,
    tooLate: 0,
    watermarkS: 4,
    heldS: 0,
  });
  observer.notice('warn', 'topic clv-models is empty', { topic: 'clv-models' });
  observer.close();
  const written = records();
  expect(written.map((record) => record.level)).toEqual([30, 30, 40, 30, 50, 20, 30, 20, 40]);
  expect(written[6]).toMatchObject({ msg: 'challenger promoted', challengerLoss: 0.4 });
  expect(written.filter((record) => 'kind' in record)).toEqual([]);
});

test('readable lines', () => {
  const { observer, lines } = logged({ format: 'readable' });
  observer.notice('info', 'listening', { url: 'http://127.0.0.1:8080', partitions: [1, 2] });
  observer.close();
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} info {2}listening {2}url=http:\/\/127\.0\.0\.1:8080 {2}partitions=\[1,2\]\n$/,
  );
});
