/**
 * Measures the trainer's labels with many customers: the real intake and the real trainer store, in event time. No model is trained. It
 * prints events per second, memory, disk, which questions are kept, and how far labels are behind the stream; then how evenly the questions lie
 * over time, and how long a restart takes. The local clock is the stream's.
 *   npm run bench -- labels --customers 1000000
 * --every-days 7 and --cap 50000 are the settings of the trainer. --days is event time, --ramp the days in which the customers come.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openTrainerStore } from '../src/adapters/embedded/trainer-store';
import { sha256 } from '../src/adapters/system/digest';
import { PACKAGE_DIRECTORY } from '../src/cli/process/process';
import type { Decoded } from '../src/domain/dead-letter';
import { type CustomerEvent, type EventKind, INPUT_ROLES, SECONDS_PER_DAY, TOPIC_OF_KIND } from '../src/domain/event';
import type { PartitionLabels } from '../src/domain/labels/labels';
import { closedIntervals } from '../src/domain/labels/origins';
import { mulberry32, type Random } from '../src/domain/math/random';
import type { Clock } from '../src/ports/clock';
import type { EventDecoder } from '../src/ports/event-decoder';
import type { LogBounds, LogReader, LogRecord } from '../src/ports/log';
import type { TrainerStore } from '../src/ports/trainer-store';
import { Contender } from '../src/services/trainer/contender';
import { LabelIntake } from '../src/services/trainer/label-intake';
import { DEFAULT_TRAINER_SETTINGS } from '../src/services/trainer/settings';

export const SHORT = ['--customers', '200', '--days', '12', '--ramp', '2'];

const PARTITIONS = 4;
const START_S = Date.UTC(2024, 0, 1) / 1000;
const BATCH = 1_000;
const CHECK_AFTER = 20;
const BINS = 10;

interface Run {
  readonly customers: number;
  readonly days: number;
  readonly rampDays: number;
  readonly eventsPerCustomerDay: number;
  readonly everyDays: number;
  readonly cap: number;
  readonly seed: number;
}

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      customers: { type: 'string', default: '100000' },
      days: { type: 'string', default: '40' },
      ramp: { type: 'string', default: '5' },
      rate: { type: 'string', default: '0.05' },
      'every-days': { type: 'string', default: String(DEFAULT_TRAINER_SETTINGS.originEveryDays) },
      cap: { type: 'string', default: String(DEFAULT_TRAINER_SETTINGS.maxOpenOrigins) },
      seed: { type: 'string', default: '1' },
    },
  });
  const run: Run = {
    customers: Number(values.customers),
    days: Number(values.days),
    rampDays: Number(values.ramp),
    eventsPerCustomerDay: Number(values.rate),
    everyDays: Number(values['every-days']),
    cap: Number(values.cap),
    seed: Number(values.seed),
  };
  const folder = mkdtempSync(join(tmpdir(), 'clv-labels-'));
  try {
    await measure(run, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(run: Run, folder: string): Promise<void> {
  const stream = new Stream(run);
  let store = openTrainerStore(folder);
  let intake = openIntake(run, stream, store, null);
  console.log(
    `${run.customers} customers in ${run.rampDays} days, ${run.eventsPerCustomerDay} events each per day, asked every ${run.everyDays} days, at most ${run.cap} open`,
  );
  await intake.checkIdle();
  const askedPerDay: number[] = [];
  const behind = new Behind();
  let last = counts(intake);
  let [events, seconds, cpuSeconds] = [0, 0, 0];
  for (let day = 0; day < run.days; day++) {
    const batches = stream.day(day);
    const before = spent();
    for (const [i, batch] of batches.entries()) {
      await intake.take(batch, new AbortController().signal);
      // The trainer checks every five seconds. As nobody writes reviews, event time moves only then.
      if (i % CHECK_AFTER === 0) await intake.checkIdle();
    }
    stream.endDay(day);
    await intake.checkIdle();
    const { wallS, cpuS } = spent(before);
    const count = batches.reduce((sum, { records }) => sum + records.length, 0);
    events += count;
    seconds += wallS;
    cpuSeconds += cpuS;
    const now = counts(intake);
    askedPerDay.push(now.asked - last.asked);
    const matured = behind.day(intake.partitions, stream.nowMs() / 1000, day >= run.days / 2);
    if (day % Math.ceil(run.days / 12) === 0 || day === run.days - 1)
      console.log(
        [
          `day ${String(day + 1).padStart(3)}: ${now.customers} customers, ${Math.round(count / wallS)} events/s`,
          `opened ${now.opened - last.opened}, ended or never opened at the cap ${now.capped - last.capped}, open ${now.open}`,
          `closed label intervals ${matured.all}, of these the first ${matured.first}`,
          `${memoryText()}, disk ${mib(diskBytes(folder))} MiB`,
        ].join('; '),
      );
    last = now;
  }
  console.log(
    `in all ${events} events, ${Math.round(events / seconds)} events/s, ${Math.round(events / cpuSeconds)} per second of CPU, ${now(intake)}`,
  );
  console.log(behind.text());
  console.log(evenness(run, intake, askedPerDay));
  await store.close();

  const closed = spent();
  store = openTrainerStore(folder);
  intake = openIntake(run, stream, store, lastDayS(intake));
  const { wallS, cpuS } = spent(closed);
  console.log(`restart: ${wallS.toFixed(1)} s, ${cpuS.toFixed(1)} s of CPU`);
  await store.close();
}

interface Spent {
  readonly wallS: number;
  readonly cpuS: number;
}

/** Time since another moment. On a busy machine, the CPU's tells more. */
function spent(since: Spent = { wallS: 0, cpuS: 0 }): Spent {
  const { user, system } = process.cpuUsage();
  return { wallS: performance.now() / 1000 - since.wallS, cpuS: (user + system) / 1e6 - since.cpuS };
}

function openIntake(run: Run, stream: Stream, store: TrainerStore, dayS: number | null): LabelIntake {
  const { quorum, silenceDays, latenessDays, recencyDays, gateShare, reservoirSize, judgedScores } =
    DEFAULT_TRAINER_SETTINGS;
  const champion = new Contender(readFileSync(join(PACKAGE_DIRECTORY, 'models', 'first-weights.clvm')), sha256, 100);
  const each = (whole: number) => Math.ceil(whole / PARTITIONS);
  const labels = {
    window: champion.model.settings.window,
    ...{ latenessDays, quorum, recencyDays, gateShare, originEveryDays: run.everyDays },
    ...{ maxOpenOrigins: each(run.cap), reservoirSize: each(reservoirSize), judgedScores: each(judgedScores) },
  };
  const score = (snapshot: Uint8Array, atS: number) => ({
    modelVersion: champion.model.version,
    outputs: champion.readSnapshot(snapshot, atS),
  });
  const settings = { topics: INPUT_ROLES, partitions: PARTITIONS, labels, silenceDays, confirmedS: null };
  const observer = { observe: () => undefined, notice: () => undefined };
  const ports = { reader: stream as unknown as LogReader, decoder: stream, store, clock: stream, observer };
  return new LabelIntake(ports, settings, score, dayS, async () => true);
}

function counts({ partitions }: LabelIntake) {
  const sum = (of: (labels: (typeof partitions)[number]) => number) =>
    partitions.reduce((total, labels) => total + of(labels), 0);
  const [capped, open] = [sum((labels) => labels.count().capped), sum((labels) => labels.openOrigins)];
  return {
    // Of those ended at the cap, each was opened before.
    asked: capped + open + sum((labels) => labels.count().completed),
    customers: sum((labels) => [...labels.customers()].length),
    opened: sum((labels) => labels.count().opened),
    ...{ capped, open },
    reservoir: sum((labels) => labels.reservoirCount),
  };
}

function now(intake: LabelIntake): string {
  const { opened, capped, open, reservoir } = counts(intake);
  return `${opened} opened, ${capped} ended or never opened at the cap, ${open} open, ${reservoir} in the reservoir`;
}

function lastDayS({ partitions }: LabelIntake): number {
  const clockS = Math.min(...partitions.map((labels) => labels.clockS));
  return Math.floor(clockS / SECONDS_PER_DAY) * SECONDS_PER_DAY;
}

/** How far labels are behind the stream, and what closed, at the ends of days. */
class Behind {
  private readonly clocks = new Map<PartitionLabels, number>();
  private readonly hours: number[] = [];
  private days = 0;
  private closed = 0;

  /** Label intervals that closed since the day before: all of them, and the first of each origin. `counts`: the day is in the figure. */
  day(
    partitions: readonly PartitionLabels[],
    nowS: number,
    counts: boolean,
  ): { readonly all: number; readonly first: number } {
    let [all, first] = [0, 0];
    for (const labels of partitions) {
      const { clockS } = labels;
      const beforeS = this.clocks.get(labels) ?? clockS;
      this.clocks.set(labels, clockS);
      if (counts) this.hours.push((nowS - clockS) / 3_600);
      for (const origin of labels.origins()) {
        const [before, after] = [beforeS, clockS].map((untilS) => closedIntervals(origin, untilS)) as [number, number];
        all += after - before;
        first += Math.min(1, after) - Math.min(1, before);
      }
    }
    if (counts) {
      this.days++;
      this.closed += all;
    }
    return { all, first };
  }

  text(): string {
    const sorted = [...this.hours].sort((a, b) => a - b);
    const [half, most] = [sorted[Math.floor(sorted.length / 2)] ?? Number.NaN, sorted.at(-1) ?? Number.NaN];
    return `in the second half, ${(this.closed / this.days).toFixed(1)} label intervals close per day; at the end of a day, labels are behind the stream by ${half.toFixed(1)} h (median), at most ${most.toFixed(1)} h`;
  }
}

/** Share of the questions that is kept open, by tenths of the time, and by how active the customers are. */
function evenness(run: Run, intake: LabelIntake, askedPerDay: readonly number[]): string {
  const kept = new Array<number>(BINS).fill(0);
  const asked = new Array<number>(BINS).fill(0);
  // Older ones are complete.
  const fromDay = Math.max(0, run.days - 365);
  const binOf = (day: number) =>
    Math.max(0, Math.min(BINS - 1, Math.floor(((day - fromDay) / (run.days - fromDay)) * BINS)));
  for (const [day, count] of askedPerDay.entries()) if (day >= fromDay) asked[binOf(day)]! += count;
  let [active, all] = [0, 0];
  for (const labels of intake.partitions)
    for (const origin of labels.origins()) {
      if (origin.tally.endedAtS !== null) continue;
      kept[binOf((origin.atS - START_S) / SECONDS_PER_DAY)]! += 1;
      all++;
      if (isActive(origin.customerId)) active++;
    }
  const shares = kept.flatMap((count, bin) => (asked[bin]! > 0 ? [((100 * count) / asked[bin]!).toPrecision(3)] : []));
  return `kept share of the questions by tenth of the time, %: ${shares.join(' ')}; of these, of active customers ${((100 * active) / all).toFixed(1)} % (10 % of the customers are)`;
}

function diskBytes(folder: string): number {
  return statSync(join(folder, 'data.mdb')).blocks * 512;
}

function memoryText(): string {
  collectGarbage();
  return `memory ${mib(ownBytes())} MiB, heap ${mib(process.memoryUsage().heapUsed)} MiB`;
}

/** Memory of the process itself. Pages of the store's file, which it maps, belong to the system's cache. */
function ownBytes(): number {
  return 1024 * Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const mib = (bytes: number): string => Math.round(bytes / 2 ** 20).toString();

/** One customer in ten has half of the events. */
const isActive = (customerId: string): boolean => customerId.endsWith('0');

interface DayBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  readonly end: number;
}

/** Orders, clicks and browses of many customers, day by day. A record's value is the index of its event within the day. */
class Stream implements EventDecoder, Clock {
  private readonly random: Random;
  private readonly ends = INPUT_ROLES.map(() => new Array<number>(PARTITIONS).fill(0));
  private events: CustomerEvent[] = [];
  private met = 0;
  private clockS = START_S;

  constructor(private readonly run: Run) {
    this.random = mulberry32(run.seed);
  }

  /** The records of a day, in batches, topic by topic in turns. */
  day(day: number): DayBatch[] {
    const { run, random } = this;
    const known = Math.min(run.customers, Math.round((run.customers * (day + 1)) / run.rampDays));
    const times = Array.from({ length: known - this.met + Math.round(known * run.eventsPerCustomerDay) }, () =>
      Math.floor(random() * SECONDS_PER_DAY),
    ).sort((a, b) => a - b);
    // Everyone's first event lies between the others.
    let fresh = known - this.met;
    this.events = times.map((secondS, i) => {
      const isFirst = random() < fresh / (times.length - i);
      const customer = isFirst ? known - fresh-- : this.someone(known);
      return this.event(`customer-${customer}`, START_S + day * SECONDS_PER_DAY + secondS);
    });
    this.met = known;
    return this.batches();
  }

  /** The local clock comes to the end of the day. */
  endDay(day: number): void {
    this.clockS = START_S + (day + 1) * SECONDS_PER_DAY;
  }

  nowMs(): number {
    return 1000 * this.clockS;
  }

  elapsedS(): number {
    return this.clockS;
  }

  async sleep(): Promise<void> {}

  decodeEvent(_topic: number, _partition: number, value: Uint8Array | null): Decoded<CustomerEvent> {
    const [index] = new Uint32Array(value!.buffer);
    return { ok: true, value: this.events[index!]! };
  }

  async bounds(topic: string, partition: number): Promise<LogBounds> {
    return { start: 0, end: this.ends[INPUT_ROLES.indexOf(topic as (typeof INPUT_ROLES)[number])]![partition]! };
  }

  private someone(known: number): number {
    const customer = Math.floor(this.random() * known);
    return this.random() < 0.5 ? customer : Math.floor(customer / 10) * 10;
  }

  private event(customerId: string, timeS: number): CustomerEvent {
    const draw = this.random();
    const kind: EventKind = draw < 0.3 ? 'order' : draw < 0.65 ? 'click' : 'browse';
    const isOrder = kind === 'order';
    return {
      ...{ kind, customerId, timeS, eventId: `${customerId}-${timeS}-${Math.floor(draw * 1e6)}` },
      ...{ amountMinor: isOrder ? 500 + Math.floor(9_000 * this.random()) : 0, items: isOrder ? 1 : 0 },
      ...{ dwellS: kind === 'browse' ? 30 : 0, stars: 0 },
    };
  }

  private batches(): DayBatch[] {
    const waiting = INPUT_ROLES.map(() => Array.from({ length: PARTITIONS }, (): LogRecord[] => []));
    this.events.forEach((event, index) => {
      const topic = TOPIC_OF_KIND[event.kind];
      const partition = Number(event.customerId.slice('customer-'.length)) % PARTITIONS;
      const offset = this.ends[topic]![partition]!++;
      const value = new Uint8Array(new Uint32Array([index]).buffer);
      waiting[topic]![partition]!.push({ offset, timestampMs: event.timeS * 1000, key: null, value });
    });
    const batches: DayBatch[] = [];
    for (let at = 0; ; at += BATCH) {
      const before = batches.length;
      for (const [topic, byPartition] of waiting.entries())
        for (const [partition, all] of byPartition.entries()) {
          const records = all.slice(at, at + BATCH);
          if (records.length === 0) continue;
          const nextOffset = records.at(-1)!.offset + 1;
          batches.push({
            topic: INPUT_ROLES[topic]!,
            partition,
            records,
            nextOffset,
            end: this.ends[topic]![partition]!,
          });
        }
      if (batches.length === before) return batches;
    }
  }
}
