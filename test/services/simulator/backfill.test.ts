import type { BackfillEntry } from '../../../src/domain/backfill-entry';
import type { BackfillLedger } from '../../../src/ports/backfill-ledger';
import type { LogWriter, OutgoingRecord } from '../../../src/ports/log';
import { WriterFenced } from '../../../src/ports/log';
import { decodeBackfillEntry, encodeBackfillEntry } from '../../../src/serde/backfill-entry-codec';
import { decodeBackfillMark } from '../../../src/serde/backfill-header';
import { EventCodec } from '../../../src/serde/event-codec';
import type { OutgoingEvent } from '../../../src/serde/event-encoder';
import { type HistoryFile, rowsByTime } from '../../../src/services/files/history-rows';
import { SortedFile } from '../../../src/services/files/sorted-file';
import { runBackfill } from '../../../src/services/simulator/backfill';
import { planBackfill } from '../../../src/services/simulator/backfill-plan';
import { EventRecords } from '../../../src/services/simulator/event-records';
import { type Seeded, seeded, testSeed } from '../../support/seeded';
import { FEED, VirtualClock } from './doubles';

const seed = testSeed();
const T0 = Date.UTC(2024, 0, 1) / 1000;
const never = new AbortController().signal;

/** Rows of one or two events in the order of time; some rows have none. */
class MemoryFile implements HistoryFile {
  rowsRead = 0;

  constructor(
    readonly name: string,
    private readonly rows: readonly (readonly OutgoingEvent[])[],
  ) {}

  shuffled(dice: Seeded): MemoryFile {
    const keyed = this.rows.map((row) => ({ row, at: dice.next() }));
    return new MemoryFile(
      this.name,
      keyed.sort((a, b) => a.at - b.at).map(({ row }) => row),
    );
  }

  async *events() {
    this.rowsRead = 0;
    for (const row of this.rows) {
      this.rowsRead++;
      yield* row;
    }
  }
}

function randomFile(dice: Seeded, name: string, rows: number): MemoryFile {
  let timeS = T0 + dice.below(1_000);
  const made = Array.from({ length: rows }, (_, i) => {
    timeS += dice.below(5_000);
    const kind = dice.pick(['order', 'click', 'review'] as const);
    const event: OutgoingEvent = {
      ...{ kind, customerId: `c${dice.below(20)}`, eventId: `${name}:${i + 2}`, timeS },
      ...{ amountMinor: kind === 'order' ? 100 : 0, items: kind === 'order' ? 1 : 0, dwellS: 0, stars: 0 },
    };
    if (dice.next() < 0.1) return [];
    return kind === 'order' && dice.next() < 0.3
      ? [event, { ...event, kind: 'refund' as const, items: 0, eventId: `${event.eventId}:refund` }]
      : [event];
  });
  return new MemoryFile(name, made);
}

/** A log of all-or-nothing appends, and processes that die. */
class Log implements BackfillLedger {
  readonly records: OutgoingRecord[] = [];
  private epoch = 0;

  constructor(
    private readonly dice: Seeded,
    private readonly faults: number,
  ) {}

  openWriter = async (): Promise<LogWriter> => {
    this.epoch++;
    const own = this.epoch;
    return {
      append: async (records) => {
        if (own !== this.epoch) throw new WriterFenced('backfill');
        if (this.dice.next() < this.faults) throw new Error('no broker');
        this.records.push(...records);
        if (this.dice.next() < this.faults) throw new Error('no answer');
      },
      close: async () => {},
    };
  };

  async entries(): Promise<BackfillEntry[]> {
    const newest = new Map<string, BackfillEntry>();
    for (const { topic, value } of this.records) {
      if (topic !== 'models') continue;
      const decoded = decodeBackfillEntry(value!);
      if (!decoded.ok) throw new Error(decoded.detail);
      newest.set(decoded.value.digest, decoded.value);
    }
    return [...newest.values()];
  }

  record(entry: BackfillEntry, timestampMs: number): OutgoingRecord {
    return { topic: 'models', partition: 0, key: null, value: encodeBackfillEntry(entry), timestampMs };
  }
}

const begin = (name: string): BackfillEntry => ({
  ...{ digest: name, name, reading: 'r', rows: 0, events: 0, isComplete: false, liveSinceMs: { orders: 1 } },
});

async function run(
  files: readonly HistoryFile[],
  log: Log,
  clock: VirtualClock,
  signal = never,
  eventsPerSecond = Number.POSITIVE_INFINITY,
) {
  const entries = await log.entries();
  const from = files.map(({ name }) => entries.find((entry) => entry.name === name) ?? begin(name));
  const records = new EventRecords(clock, FEED);
  const done = from.map(({ rows }) => rows);
  const plan = await planBackfill(files, done, (event) => records.place(event), 0);
  const ports = { files, records, ledger: log, openWriter: log.openWriter, clock };
  return { plan, report: await runBackfill({ plan, from, eventsPerSecond }, ports, signal) };
}

async function idsOf(files: readonly HistoryFile[]): Promise<string[]> {
  const ids: string[] = [];
  for await (const { events } of rowsByTime(files)) ids.push(...events.map(({ eventId }) => eventId));
  return ids;
}

describe(`a back-fill (CLV_TEST_SEED=${seed})`, () => {
  test('law: each row once, in the order of time, with its marks, through stops and lost answers', async () => {
    const codec = new EventCodec({ currency: 'EUR', partitions: 4, hash: 'murmur2', maxFutureMs: 0 });
    const roles: Record<string, number> = { orders: 0, clicks: 1, reviews: 4 };
    for (let round = 0; round < 12; round++) {
      const dice = seeded(seed + round);
      const files = ['a', 'b', 'c'].slice(dice.below(3)).map((name) => {
        const file = randomFile(dice, name, dice.below(150));
        return dice.next() < 0.5 ? file : new SortedFile(file.shuffled(dice), false);
      });
      const log = new Log(dice, dice.pick([0, 0.2]));
      const clock = new VirtualClock();
      // At 20 a second there is an append a second, and a process that ends at any of them.
      for (let isComplete = false; !isComplete; ) {
        const stop = new AbortController();
        const sleep = clock.sleep.bind(clock);
        const dying: VirtualClock = Object.assign(Object.create(clock) as VirtualClock, {
          sleep: async (ms: number) => {
            await sleep(ms);
            if (dice.next() < 0.1) stop.abort();
          },
        });
        isComplete = (await run(files, log, dying, stop.signal, 20)).report.isComplete;
      }
      const events = log.records.filter(({ topic }) => topic !== 'models');
      const ids = events.map(({ topic, partition, value, timestampMs }) => {
        const decoded = codec.decodeEvent(roles[topic]!, partition, value, timestampMs);
        return decoded.ok ? decoded.value.eventId : decoded.detail;
      });
      expect({ round, ids }).toEqual({ round, ids: await idsOf(files) });
      const place = ({ topic, partition }: OutgoingRecord) => `${topic} ${partition}`;
      const last = new Map(events.map((event, i) => [place(event), i]));
      const marks = events.map(({ headers }) => decodeBackfillMark(headers));
      expect(marks).toEqual(events.map((event, i) => (last.get(place(event)) === i ? 'last' : 'more')));
      const again = await run(files, log, clock);
      expect(again.report).toMatchObject({ events: 0, isComplete: true });
      expect(log.records.filter(({ topic }) => topic !== 'models')).toHaveLength(events.length);
    }
  });

  test('a second back-fill ends the first, which writes nothing more', async () => {
    const dice = seeded(1);
    const file = randomFile(dice, 'a', 200);
    const log = new Log(dice, 0);
    const clock = new VirtualClock();
    let fenced = false;
    const disturbed = Object.assign(Object.create(clock) as VirtualClock, {
      sleep: async (ms: number) => {
        await clock.sleep(ms);
        if (fenced || log.records.length === 0) return;
        fenced = true;
        await run([file], log, new VirtualClock());
      },
    });
    await expect(run([file], log, disturbed, never, 20)).rejects.toThrow(WriterFenced);
    expect(log.records.filter(({ topic }) => topic !== 'models')).toHaveLength((await idsOf([file])).length);
  });

  test('rows that are out of order are counted, with the file of the first', async () => {
    const at = (timeS: number, i: number): OutgoingEvent[] => [
      { kind: 'click', customerId: 'a', eventId: `e${i}`, timeS, amountMinor: 0, items: 0, dwellS: 0, stars: 0 },
    ];
    const file = new MemoryFile('a', [T0, T0 + 9_000, T0 + 8_000, T0 + 1_000, T0 + 9e7, T0 + 9_500].map(at));
    const records = new EventRecords(new VirtualClock(), FEED);
    const plan = await planBackfill([file], [0], (event) => records.place(event), 3_600);
    // 8,000 is newer than the next row, 1,000 older than the one before. One wrong year is one row.
    expect(plan.disordered).toEqual({ count: 3, file: 0 });
    expect(plan).toMatchObject({ events: 6, rows: [6], fromS: T0, untilS: T0 + 9e7 });
  });

  test('one wrong year in a file does not let the other files run ahead', async () => {
    const at =
      (name: string) =>
      (day: number, i: number): OutgoingEvent[] => [
        {
          ...{ kind: 'click', customerId: 'a', eventId: `${name}${i}`, timeS: T0 + day * 86_400 },
          ...{ amountMinor: 0, items: 0, dwellS: 0, stars: 0 },
        },
      ];
    const files = [new MemoryFile('a', [1, 2, 400, 3, 4].map(at('a'))), new MemoryFile('b', [1, 3, 4, 5].map(at('b')))];
    expect(await idsOf(files)).toEqual(['a0', 'b0', 'a1', 'a2', 'a3', 'b1', 'a4', 'b2', 'b3']);
  });
});
