import { INPUT_ROLES, SECONDS_PER_DAY } from '../../../src/domain/event';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { EventCodec } from '../../../src/serde/event-codec';
import { TimeRefusals } from '../../../src/serde/time-refusals';
import { readTopicHistory } from '../../../src/services/fit/topic-history';
import { TimeDecisions } from '../../../src/services/time/time-decisions';
import { MemoryLog } from '../../support/memory-log';
import { quietObserver } from '../../support/quiet-observer';
import { realClock } from '../../support/real-clock';

const DAY = SECONDS_PER_DAY * 1000;
const NOW = Date.parse('2026-05-01T12:00:00Z');
const TEN_YEARS = 3_653 * DAY;
const LETTERS = 'clv-dead-letters';
const bytes = (text: string) => new TextEncoder().encode(text);
const letters = new DeadLetterCodec();

/** Orders of one partition: two of today, one of 2036 between them. The scorer has come to the end and refused the one of 2036. */
function log(): MemoryLog {
  const log = new MemoryLog();
  const ahead = NOW + TEN_YEARS - DAY;
  for (const [i, timestampMs] of [NOW, ahead, NOW + 1].entries()) {
    const order = { orderId: `o${i}`, customerId: 'c', status: 'placed', eventTime: timestampMs, amountMinor: 100 };
    const value = bytes(JSON.stringify({ ...order, currency: 'EUR' }));
    log.append([{ topic: 'orders', partition: 0, key: bytes('c'), value, timestampMs }]);
  }
  return log;
}

const refusalOf = (log: MemoryLog) => {
  const record = log.records('orders', 0)[1]!;
  const at = { topic: 'orders', partition: 0, offset: record.offset, timestampMs: record.timestampMs };
  const value = letters.encode({ reason: 'timestamp-ahead', detail: 'ahead', ...at, key: null, value: null });
  log.append([{ topic: LETTERS, partition: 0, key: null, value, timestampMs: NOW }]);
};

function read(log: MemoryLog, nowMs: number, emitted: readonly number[] | null) {
  const ports = {
    reader: log,
    clock: { ...realClock, nowMs: () => nowMs, elapsedS: () => 0, sleep: async () => undefined },
    observer: quietObserver(),
    refusals: new TimeRefusals(letters, INPUT_ROLES),
    emitted: async () => emitted,
  };
  const settings = { topics: INPUT_ROLES, deadLetters: LETTERS, maxFutureMs: DAY, patienceS: 0 };
  const events = new EventCodec({ currency: 'EUR', partitions: 1, hash: 'arrival', maxFutureMs: DAY });
  return readTopicHistory({ reader: log, events, times: new TimeDecisions(ports, settings) }, INPUT_ROLES, 1);
}

test('a record that a scorer refused is left out at any later time: the history is the same ten years later', async () => {
  const world = log();
  refusalOf(world);
  const today = await read(world, NOW, [10]);
  expect(today.events.map(({ eventId }) => eventId)).toEqual(['o0:placed', 'o2:placed']);
  expect(today.refused).toEqual(new Map([['timestamp-ahead', 1]]));
  expect(await read(world, NOW + TEN_YEARS, [10])).toEqual(today);
  // A clock that is behind refuses nothing that the scorer took.
  expect(await read(world, NOW - TEN_YEARS, [10])).toEqual(today);
});

test('the local clock decides about records that no scorer has come to', async () => {
  expect((await read(log(), NOW, null)).events).toHaveLength(2);
  expect((await read(log(), NOW, [0])).events).toHaveLength(2);
  expect((await read(log(), NOW + TEN_YEARS, [0])).events).toHaveLength(3);
});
