import {
  type CustomerEvent,
  EVENT_KINDS,
  INPUT_ROLES,
  isMoneyKind,
  SECONDS_PER_DAY,
  TOPIC_OF_KIND,
} from '../../src/domain/event';
import type { LabelProgress, LabelSettings, LabelSources } from '../../src/domain/labels/label-progress';
import { PartitionLabels } from '../../src/domain/labels/labels';
import { compareOrigins, type Origin } from '../../src/domain/labels/origins';
import { hashUnit } from '../../src/domain/math/hash';
import type { Random } from '../../src/domain/math/random';
import type { JudgedScore, StoredScore } from '../../src/domain/prequential/judged-score';
import type { TrainerStore } from '../../src/ports/trainer-store';
import { decodeState, encodeState } from '../../src/serde/state-blob';

/** One partition's events, per topic in offset order. */
export type TopicLogs = readonly (readonly CustomerEvent[])[]; // by TopicIndex

export const START_S = 1_700_000_000;

/** Events out of order by up to `disorderDays` within their topic. One in twenty is later still. */
export function randomLogs(
  random: Random,
  count: number,
  customers: number,
  days: number,
  disorderDays: number,
): TopicLogs {
  const arrivals = Array.from({ length: count }, (_, i) => {
    const kind = EVENT_KINDS[Math.floor(random() * EVENT_KINDS.length)]!;
    const money = isMoneyKind(kind);
    const timeS = START_S + Math.floor(random() * days * SECONDS_PER_DAY);
    const delayDays = random() < 0.05 ? 10 * disorderDays * random() : disorderDays * random();
    const event: CustomerEvent = {
      kind,
      customerId: `c${Math.floor(random() * random() * customers)}`,
      eventId: `e${i}`,
      timeS,
      amountMinor: money && random() < 0.9 ? 1 + Math.floor(random() * 9000) : 0,
      items: money ? 1 : 0,
      dwellS: kind === 'browse' ? Math.floor(random() * 90) : 0,
      stars: kind === 'review' ? Math.floor(random() * 6) : 0,
    };
    return { event, arrivesS: timeS + delayDays * SECONDS_PER_DAY };
  }).sort((a, b) => a.arrivesS - b.arrivesS);
  const logs: CustomerEvent[][] = Array.from(INPUT_ROLES, () => []);
  for (const { event } of arrivals) logs[TOPIC_OF_KIND[event.kind]]!.push(event);
  return logs;
}

export const ends = (logs: TopicLogs): number[] => logs.map((log) => log.length);

export function openLabels(store: TrainerStore, settings: LabelSettings, partition = 0): PartitionLabels {
  const sources: LabelSources = {
    load: (customerId) => store.state(partition, customerId),
    encode: encodeState,
    decode: decodeState,
    score: fakeScore,
  };
  return new PartitionLabels(partition, store.progress(partition), settings, sources);
}

/** A score that depends only on its arguments. The version changes every 50 days. */
export function fakeScore(snapshot: Uint8Array, atS: number): StoredScore {
  const unit = (salt: number) => hashUnit(`${snapshot.length} ${snapshot.at(-1)}`, atS ^ salt);
  const curve = { ratePerDay: 0.1 * unit(1), scaleDays: 10 + 90 * unit(2), shape: unit(3) };
  const outputs = { curve, dispersion: unit(4), orderValueMinor: 9000 * unit(5), logSpendSigma: 0.2 + unit(6) };
  return { modelVersion: `m-${Math.floor(atS / (50 * SECONDS_PER_DAY))}`, outputs };
}

/** Reads up to `count` events of one topic as one batch, and commits. */
export function readBatch(
  labels: PartitionLabels,
  store: TrainerStore,
  logs: TopicLogs,
  topic: number,
  count: number,
): void {
  const from = labels.times.nextOffset(topic);
  const batch = logs[topic]!.slice(from, from + count);
  batch.forEach((event, i) => {
    labels.add(topic, from + i, event);
  });
  labels.times.readUpTo(topic, from + batch.length);
  labels.advance(labels.times.readUntilS(ends(logs)));
  store.commit([labels.takeChanges()], null);
}

/** The whole content of a store in a fixed order. Two passes over one log must give the same. */
export function contentOf(store: TrainerStore, partition = 0): Omit<LabelProgress, 'pending'> & { states: string[] } {
  const progress = store.progress(partition)!;
  const customers = [...progress.customers].sort();
  const bySequence = (a: JudgedScore, b: JudgedScore) => a.horizon - b.horizon || a.sequence - b.sequence;
  const plain = (origin: Origin) => ({ ...origin, snapshot: Buffer.from(origin.snapshot).toString('hex') as never });
  const { pending: _, ...rest } = progress;
  return {
    ...rest,
    customers,
    origins: [...progress.origins].sort(compareOrigins).map(plain),
    judgedScores: [...progress.judgedScores].sort(bySequence),
    states: customers.map((customerId) => Buffer.from(store.state(partition, customerId)!).toString('hex')),
  };
}

/** The stream of the kill test. */
export const CHILD_STREAM = {
  events: 3000,
  customers: 40,
  days: 200,
  disorderDays: 0.8,
  settings: {
    window: 4,
    quorum: 1,
    latenessDays: 1,
    originEveryDays: 5,
    maxOpenOrigins: 200,
    reservoirSize: 60,
    recencyDays: 70,
    judgedScores: 30,
    gateShare: 0.25,
  },
} as const;
