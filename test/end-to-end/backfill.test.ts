import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTrainerStore } from '../../src/adapters/embedded/trainer-store';
import { systemClock } from '../../src/adapters/system/clock';
import { eventCodec, openSchemas } from '../../src/cli/compose/codecs';
import { openTierDesk } from '../../src/cli/compose/tier-desk';
import { isComplete, passes } from '../../src/domain/audit/audit';
import { EVENT_TOPICS } from '../../src/domain/event';
import type { LabelSettings } from '../../src/domain/labels/label-progress';
import { PartitionLabels } from '../../src/domain/labels/labels';
import { compareOrigins, type Origin } from '../../src/domain/labels/origins';
import { murmur2Partition } from '../../src/domain/math/hash';
import type { SequenceState } from '../../src/domain/state/sequence-state';
import type { LogRecord, OutgoingRecord } from '../../src/ports/log';
import { BACKFILL_HEADER, decodeBackfillMark } from '../../src/serde/backfill-header';
import { decodeState, encodeState } from '../../src/serde/state-blob';
import { DEFAULT_TRAINER_SETTINGS, labelSettings } from '../../src/services/trainer/settings';
import { type CliProcess, environmentOf, startCli } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { MemoryTrainerStore } from '../support/memory-trainer-store';
import { pauseMs, until } from '../support/process';
import { quietObserver } from '../support/quiet-observer';
import { type Seeded, seeded, testSeed } from '../support/seeded';
import { describeWithKafkaAndRedis } from '../support/services';

const seed = testSeed();
const DAY_MS = 86_400_000;
const PARTITIONS = 3;
const CUSTOMERS = 240;
const ROWS = 3_600;
/** Live events of one customer. More could push returns of the history out of the window. */
const MOST_LIVE = 6;
const HEADER = 'customer_id,ts,kind,order_id,amount,items';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'clv-backfill-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/**
 * Two years until now: an order every few hours, in each partition in turn. A partition whose history ends with a gap of a week would rightly
 * follow the others two days later. The last rows are about the time when live traffic is on already.
 */
function historyFile(dice: Seeded, untilMs: number): string {
  const stepMs = (730 * DAY_MS) / ROWS;
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const ts = new Date(untilMs - (ROWS - 1 - i) * stepMs).toISOString();
    const drawn = () => `c${Math.floor(dice.next() * dice.next() * CUSTOMERS)}`;
    let customer = drawn();
    while (murmur2Partition(Buffer.from(customer), PARTITIONS) !== i % PARTITIONS) customer = drawn();
    return `${customer},${ts},order,o${i},${(5 + dice.below(9_000) / 100).toFixed(2)},1`;
  });
  const path = join(home, 'history.csv');
  writeFileSync(path, `${[HEADER, ...rows].join('\n')}\n`);
  return path;
}

/** Orders and clicks of this moment by another producer, until it is stopped. */
class LiveProducer {
  written = 0;
  private readonly count = new Map<string, number>();
  private readonly stop = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly deployment: Deployment,
    private readonly dice: Seeded,
  ) {}

  async start(): Promise<void> {
    await this.write(40);
    this.running = this.run();
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stop.signal.aborted) {
      await this.write(2);
      await pauseMs(200);
    }
  }

  async write(events: number): Promise<void> {
    const records: OutgoingRecord[] = [];
    while (records.length < events) {
      const known = `c${this.dice.below(CUSTOMERS + 30)}`;
      // Who has had enough gives way to a new customer.
      const customerId = (this.count.get(known) ?? 0) < MOST_LIVE ? known : `n${this.written + records.length}`;
      const before = this.count.get(customerId) ?? 0;
      this.count.set(customerId, before + 1);
      records.push(this.record(customerId, `live-${customerId}-${before}`));
    }
    await this.deployment.write(records);
    this.written += records.length;
  }

  private record(customerId: string, eventId: string): OutgoingRecord {
    const key = Buffer.from(customerId);
    const nowMs = Date.now();
    const isOrder = this.dice.next() < 0.7;
    const order = { orderId: eventId, status: 'placed', amountMinor: 4_250, currency: 'EUR', items: 2 };
    const value = { eventId, customerId, eventTime: nowMs, ...(isOrder ? order : {}) };
    const topic = this.deployment.platform.topics.inputs[isOrder ? 0 : 1]!;
    const at = { topic, partition: murmur2Partition(key, PARTITIONS), timestampMs: nowMs };
    return { ...at, key, value: Buffer.from(JSON.stringify(value)) };
  }
}

type Inputs = ReadonlyMap<string, readonly LogRecord[]>; // by topic and partition

async function inputsOf({ platform }: Deployment): Promise<Inputs> {
  const reader = platform.reader();
  const all = new Map<string, LogRecord[]>();
  for (const topic of EVENT_TOPICS) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const records: LogRecord[] = [];
      const position = { topic: platform.topics.inputs[topic]!, partition, offset: 0 };
      await reader.readToEnd([position], async (batch) => void records.push(...batch.records));
      all.set(`${topic} ${partition}`, records);
    }
  }
  return all;
}

const isBackfilled = ({ headers }: LogRecord) => decodeBackfillMark(headers) !== null;
/** As if history had come first. */
const historyFirst = (records: readonly LogRecord[]) => [
  ...records.filter(isBackfilled),
  ...records.filter((record) => !isBackfilled(record)),
];

/** All that a score depends on, without offsets. */
function essence(states: ReadonlyMap<string, SequenceState>) {
  return [...states]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { window, summary, folded }]) => ({
      id,
      kept: window.events.map(({ offset: _, ...event }) => event),
      summary: { ...summary, decayed: null },
      counts: folded.map(({ count }) => count),
    }));
}

const valuesOf = (states: ReadonlyMap<string, SequenceState>) =>
  Object.fromEntries([...states].map(([id, { summary }]) => [id, [...summary.decayed]]));

/** What the labels count, without the model's part. */
const told = (origins: Iterable<Origin>) =>
  [...origins].sort(compareOrigins).map(({ customerId, atS, segment, tally }) => {
    const { orders, valuedOrders, orderedMinor, returnedMinor, endedAtS } = tally;
    return { customerId, atS, segment, orders, valuedOrders, orderedMinor, returnedMinor, endedAtS };
  });

describeWithKafkaAndRedis('a back-fill beside live traffic', () => {
  test(`two years of history, killed and run again, while orders of today arrive (CLV_TEST_SEED=${seed})`, async () => {
    const dice = seeded(seed);
    const deployment = await openDeployment('kafka', {
      ...{ CLV_PARTITIONS: `${PARTITIONS}`, CLV_BACKEND: 'wasm', CLV_MAX_IDLE_MS: '50', CLV_HTTP_PORT: '0' },
      // What is learnt from the labels is tested elsewhere.
      ...{ CLV_TRAIN_EVERY_DAYS: '0', CLV_REFIT_EVERY_DAYS: '0' },
    });
    const { platform, settings, notices } = deployment;
    const schemas = await openSchemas(platform);
    const environment = environmentOf(settings);
    const started: CliProcess[] = [];
    const start = async (name: string, ...args: string[]) => {
      const process = await startCli(args, environment, join(home, `${name}.log`));
      started.push(process);
      return process;
    };
    const live = new LiveProducer(deployment, dice);
    const desk = openTierDesk(
      { platform, settings, partitions: PARTITIONS, schemas, observer: quietObserver(notices), clock: systemClock },
      0.3,
    );
    const stop = new AbortController();
    let desks = Promise.resolve();
    try {
      const scorer = await start('scorer', 'score');
      const trainer = await start('trainer', 'train');
      await live.start();
      const file = historyFile(dice, Date.now() + 3 * 60_000);
      const ledger = platform.backfills();

      const first = await start('first', 'replay', '--backfill', '--events', file, '--rate', '1000');
      await until('a part is written', async () => {
        first.check();
        return ((await ledger.entries())[0]?.rows ?? 0) > 0;
      });
      await first.end('SIGKILL');
      const [paused] = await ledger.entries();
      expect(paused).toMatchObject({ name: 'history', isComplete: false });
      expect(paused!.rows).toBeLessThan(ROWS);
      // While it pauses, the trainer reads on, and live orders come.
      const liveBefore = live.written;
      await until('live orders come', () => live.written > liveBefore + 20);

      const second = await start('second', 'replay', '--backfill', '--events', file);
      expect(await second.exited).toMatchObject({ code: 0 });
      expect(second.log()).toMatch(/up to row [\d,]+\n/);
      const third = await start('third', 'replay', '--backfill', '--events', file);
      expect(await third.exited).toMatchObject({ code: 0 });
      expect(third.log()).toMatch(/was back-filled already/);
      const liveAfter = live.written;
      await until('live orders come after it', () => live.written > liveAfter + 20);
      await live.end();
      await deployment.drained();
      scorer.check();

      // Each row once, and none that live traffic has.
      let inputs = await inputsOf(deployment);
      const records = [...inputs.values()].flat();
      const backfilled = records.filter(isBackfilled);
      const entry = (await ledger.entries())[0]!;
      expect(entry).toMatchObject({ rows: ROWS, isComplete: true, events: backfilled.length });
      const codec = eventCodec(settings, PARTITIONS, schemas);
      const ids = [...inputs].flatMap(([at, ofPartition]) =>
        ofPartition.filter(isBackfilled).map(({ value, timestampMs, key }) => {
          const [topic, partition] = at.split(' ').map(Number) as [number, number];
          const decoded = codec.decodeEvent(topic, partition, value, timestampMs, key);
          return decoded.ok ? decoded.value.eventId : decoded.detail;
        }),
      );
      const expectedIds = Array.from({ length: backfilled.length }, (_, i) => `history:${i + 2}`);
      expect(ids.sort()).toEqual(expectedIds.sort());
      expect(backfilled.length).toBeGreaterThan(ROWS - 3);
      expect(backfilled.length).toBeLessThan(ROWS);
      expect(records.length - backfilled.length).toBe(live.written);
      expect(backfilled.filter(({ headers }) => headers![BACKFILL_HEADER] === 'last')).toHaveLength(PARTITIONS);
      expect(await deployment.deadLetters()).toEqual([]);

      // The trainer comes to today.
      const watermarkS = async () =>
        Number(/^clv_label_watermark_timestamp_seconds (\S+)$/m.exec((await trainer.get('/metrics'))?.body ?? '')?.[1]);
      const dayS = (new Date().setUTCHours(0, 0, 0, 0) - DAY_MS) / 1000;
      await until('the trainer comes to today', async () => {
        trainer.check();
        return (await watermarkS()) >= dayS;
      });

      // Tiers are shares of the customers, and a handful of live orders moves no cut.
      desks = desk.run(stop.signal);
      // By the newest scores, whatever time they are of. The tier of a customer follows at the next event or tick.
      const values = [
        ...new Map((await deployment.updates()).map((update) => [update.customerId, update.value])).values(),
      ];
      const above = (cut: number) => values.filter((value) => value > cut).length / values.length;
      await until('tiers are shares of the customers', async () => {
        const found = await platform.tierReleases().current();
        const [silver, gold, platinum] = (found?.cuts ?? [0, 0, 0]).map(above) as [number, number, number];
        return Math.abs(platinum - 0.05) < 0.03 && Math.abs(gold - 0.2) < 0.04 && Math.abs(silver - 0.5) < 0.07;
      });
      // A few more live orders move no cut.
      const cuts = await platform.tierReleases().current();
      expect(cuts!.customers).toBeGreaterThan(CUSTOMERS / 2);
      await live.write(5);
      await deployment.drained();
      await pauseMs(1_000);
      expect(await platform.tierReleases().current()).toEqual(cuts);

      inputs = await inputsOf(deployment);
      await trainer.end('SIGTERM');
      await scorer.end('SIGTERM');
      const verdicts = await deployment.audit();
      expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
      expect([verdicts.every(passes), verdicts.every(isComplete)]).toEqual([true, true]);

      await expectStatesOfHistoryFirst(deployment, inputs);
      await expectLabelsOfHistoryFirst(deployment, inputs);
    } finally {
      stop.abort();
      await desks;
      await live.end();
      await Promise.all(started.map((process) => process.end('SIGKILL')));
      await deployment.close();
    }
  }, 300_000);
});

async function expectStatesOfHistoryFirst(deployment: Deployment, inputs: Inputs): Promise<void> {
  const other = await openDeployment('embedded', { CLV_PARTITIONS: `${PARTITIONS}`, CLV_MAX_IDLE_MS: '50' });
  try {
    for (const [at, records] of inputs) {
      const [topic, partition] = at.split(' ').map(Number) as [number, number];
      const name = other.platform.topics.inputs[topic]!;
      await other.write(historyFirst(records).map((record) => ({ ...record, topic: name, partition })));
    }
    await other.startScorer();
    await other.drained();
    const [actual, expected] = [await deployment.states(), await other.states()];
    expect(essence(actual)).toEqual(essence(expected));
    expect(valuesOf(actual)).toEqualNumbers(valuesOf(expected), 1e-4);
  } finally {
    await other.close();
  }
}

async function expectLabelsOfHistoryFirst(deployment: Deployment, inputs: Inputs): Promise<void> {
  const { settings, platform } = deployment;
  const codec = eventCodec(settings, PARTITIONS, await openSchemas(platform));
  const store = openTrainerStore(join(settings.CLV_HOME, 'trainer'));
  try {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const progress = store.progress(partition)!;
      const ofTrainer: LabelSettings = { ...labelSettings(DEFAULT_TRAINER_SETTINGS, PARTITIONS), window: 16 };
      const memory = new MemoryTrainerStore();
      const labels = new PartitionLabels(partition, null, ofTrainer, {
        load: (customerId) => memory.state(partition, customerId),
        encode: (state) => encodeState(state),
        decode: decodeState,
        score: () => null,
      });
      for (const topic of EVENT_TOPICS) {
        const records = historyFirst(inputs.get(`${topic} ${partition}`)!);
        records.forEach(({ value, timestampMs, key, headers }, offset) => {
          const decoded = codec.decodeEvent(topic, partition, value, timestampMs, key);
          if (!decoded.ok) throw new Error(decoded.detail);
          labels.add(topic, offset, decoded.value, decodeBackfillMark(headers));
        });
        labels.times.readUpTo(topic, records.length);
      }
      labels.advance(progress.clockS);
      expect(progress.counters).toMatchObject({ tooLate: 0, opened: labels.count().opened });
      // The silences of the history itself.
      expect(progress.topics[0]!.pace!.jumps).toEqual(labels.jumps());
      expect(told(progress.origins)).toEqual(told(labels.origins()));
    }
  } finally {
    await store.close();
  }
}
