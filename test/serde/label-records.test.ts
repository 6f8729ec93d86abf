import { INPUT_ROLES, SECONDS_PER_DAY } from '../../src/domain/event';
import type { LabelSettings } from '../../src/domain/labels/label-progress';
import type { LabelSlice } from '../../src/domain/labels/label-slice';
import type { PartitionLabels } from '../../src/domain/labels/labels';
import { MirroredLabels } from '../../src/domain/labels/mirrored-labels';
import { compareOrigins, type Origin } from '../../src/domain/labels/origins';
import { mulberry32, type Random } from '../../src/domain/math/random';
import { PREQUENTIAL_HORIZONS_DAYS } from '../../src/domain/prequential/judged-score';
import {
  encodeLabelReport,
  encodeSlice,
  type KeyedRecord,
  LabelRecordError,
  SliceReader,
} from '../../src/serde/label-records';
import { decodeState, hasEvents } from '../../src/serde/state-blob';
import { contentOf, ends, openLabels, randomLogs, START_S } from '../support/label-streams';
import { MemoryTrainerStore } from '../support/memory-trainer-store';
import { testSeed } from '../support/seeded';

const seed = testSeed();
const SETTINGS: LabelSettings = {
  ...{
    window: 4,
    quorum: 3,
    latenessDays: 1,
    originEveryDays: 5,
    maxOpenOrigins: 60,
    reservoirSize: 40,
    recencyDays: 70,
  },
  ...{ judgedScores: 12, gateShare: 0.25 },
};

interface Owner {
  readonly labels: PartitionLabels;
  readonly store: MemoryTrainerStore;
  readonly slices: LabelSlice[];
}

/** A partition whose owner closes a slice every day. All events are read before the first. */
function ownerOf(random: Random): Owner {
  const logs = randomLogs(random, 500, 12, 120, 0.8);
  const store = new MemoryTrainerStore();
  const labels = openLabels(store, SETTINGS);
  logs.forEach((log, topic) => {
    log.forEach((event, offset) => {
      labels.add(topic, offset, event);
    });
    labels.times.readUpTo(topic, log.length);
  });
  const readUntilS = labels.times.readUntilS(ends(logs));
  const slices: LabelSlice[] = [];
  for (let dayS = Math.ceil(START_S / SECONDS_PER_DAY) * SECONDS_PER_DAY; dayS <= readUntilS; dayS += SECONDS_PER_DAY) {
    labels.advance(dayS);
    const changes = labels.takeChanges();
    store.commit([structuredClone(changes)], null);
    slices.push(structuredClone({ changes, readUntilS }));
  }
  return { labels, store, slices };
}

const keyText = ({ key }: KeyedRecord): string => new TextDecoder().decode(key!);

/** Keeps the last record of each key, in the order of the log, as a compacted topic may. Deletions stay. */
function compacted(log: readonly KeyedRecord[], upTo: number): KeyedRecord[] {
  const last = new Map(log.slice(0, upTo).map((record, i) => [keyText(record), i]));
  return log.filter((record, i) => i >= upTo || last.get(keyText(record)) === i);
}

function restored(log: readonly KeyedRecord[]): MemoryTrainerStore {
  const store = new MemoryTrainerStore();
  const reader = new SliceReader(0, { merging: true });
  for (const record of log) reader.take(record);
  const slice = reader.merged();
  if (slice !== null) store.commit([slice.changes], null);
  return store;
}

const plain = (origin: Origin) => ({ ...origin, snapshot: [...origin.snapshot] });
const sorted = (origins: Iterable<Origin>) => [...origins].sort(compareOrigins).map(plain);

describe(`label slices (CLV_TEST_SEED=${seed})`, () => {
  test('law: a store made from the log holds what the owner stored, however the log was compacted', () => {
    const random = mulberry32(seed);
    const { store, slices } = ownerOf(random);
    const log = slices.flatMap(encodeSlice);
    expect(contentOf(restored(log))).toEqual(contentOf(store));
    expect(restored(log).progress(0)!.pending).toHaveLength(store.progress(0)!.pending.length);
    for (let i = 0; i < 5; i++) {
      const again = restored(compacted(log, Math.floor(random() * log.length)));
      // A log that was cut within a slice is still complete at its end.
      expect(contentOf(again)).toEqual(contentOf(store));
      expect(again.progress(0)!.pending).toHaveLength(store.progress(0)!.pending.length);
    }
    expect(contentOf(restored(compacted(log, log.length)))).toEqual(contentOf(store));
  });

  test('law: a slice gives back what was written, and equal slices give equal bytes', () => {
    const { slices } = ownerOf(mulberry32(seed));
    for (const slice of slices) {
      const reader = new SliceReader(0);
      const entries = encodeSlice(slice).map((record) => reader.take(record));
      const read = entries.at(-1);
      expect(entries.slice(0, -1).every((entry) => entry === null)).toBe(true);
      if (read === null || read === undefined || !('slice' in read)) throw new Error('no slice');
      expect(read.slice.readUntilS).toBe(slice.readUntilS);
      expect(encodeSlice(read.slice)).toEqual(encodeSlice(slice));
    }
  });

  test('law: a mirror shows the learner what the owner shows', () => {
    const random = mulberry32(seed + 1);
    const { labels, store, slices } = ownerOf(random);
    const at = Math.floor(random() * slices.length);
    const log = slices.flatMap(encodeSlice);
    const first = restored(slices.slice(0, at).flatMap(encodeSlice));
    const mirror = new MirroredLabels(
      0,
      first.progress(0),
      { load: (customerId) => store.state(0, customerId), decode: decodeState, hasEvents },
      () => undefined,
    );
    const reader = new SliceReader(0);
    for (const record of log.slice(at === 0 ? 0 : slices.slice(0, at).flatMap(encodeSlice).length)) {
      const entry = reader.take(record);
      if (entry !== null && 'slice' in entry) mirror.apply(entry.slice.changes);
    }
    expect(sorted(mirror.origins())).toEqual(sorted(labels.origins()));
    expect(mirror.clockS).toBe(labels.clockS);
    expect(mirror.count()).toEqual(labels.count());
    expect([...mirror.judgedScores()]).toEqual([...labels.judgedScores()]);
    expect(mirror.openOrigins).toBe(labels.openOrigins);
    expect(mirror.reservoirCount).toBe(labels.reservoirCount);
    PREQUENTIAL_HORIZONS_DAYS.forEach((_, horizon) => {
      expect(mirror.waitingSinceS(horizon)).toBe(labels.waitingSinceS(horizon));
    });
    for (const customerId of labels.customers()) expect(mirror.state(customerId)).toEqual(labels.state(customerId));
    expect([...mirror.customers()].sort()).toEqual([...labels.customers()].sort());
  });

  test('an event at or above the position is left to be read again', () => {
    const { slices } = ownerOf(mulberry32(seed));
    const { changes, readUntilS } = slices.find((slice) => slice.changes.pendingAdded.length > 0)!;
    const topics = INPUT_ROLES.map(() => ({ nextOffset: 0, latestS: 0 }));
    const reader = new SliceReader(0);
    const entry = encodeSlice({ changes: { ...changes, topics }, readUntilS })
      .map((record) => reader.take(record))
      .at(-1);
    expect(entry).toMatchObject({ slice: { changes: { pendingAdded: [] } } });
  });

  test('law: damaged records are refused by name, or read as something else, and never end the process', () => {
    const random = mulberry32(seed + 2);
    const records = ownerOf(random).slices.flatMap(encodeSlice);
    records.push(encodeLabelReport({ firstS: START_S, readUntilS: START_S }));
    let refused = 0;
    for (let i = 0; i < 2_000; i++) {
      const { key, value } = records[Math.floor(random() * records.length)]!;
      const spoilt = (bytes: Uint8Array) => {
        const copy = Uint8Array.from(bytes).slice(0, random() < 0.5 ? Math.floor(random() * bytes.length) : undefined);
        if (copy.length > 0) copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
        return copy;
      };
      try {
        new SliceReader(0).take({ key: random() < 0.3 ? spoilt(key!) : key, value: value && spoilt(value) });
      } catch (error) {
        expect(error).toBeInstanceOf(LabelRecordError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(300);
    expect(() => new SliceReader(3).take({ key: null, value: null })).toThrow(/partition 3/);
  });

  test('a slice of another version, and an origin without its tally, are refused', () => {
    const { slices } = ownerOf(mulberry32(seed));
    const records = encodeSlice(slices.find(({ changes }) => changes.originsOpened.length > 0)!);
    const closing = records.at(-1)!;
    const later = { ...closing, value: Uint8Array.from([3, ...closing.value!.subarray(1)]) };
    expect(() => new SliceReader(0).take(later)).toThrow(/version 3, this program reads 1 to 2/);
    const reader = new SliceReader(0);
    const withoutTallies = records.filter((record) => !keyText(record).startsWith('tally/'));
    expect(() => withoutTallies.map((record) => reader.take(record))).toThrow(/has no tally/);
  });

  test('law: a log that deletes what is old is refused', () => {
    const random = mulberry32(seed + 3);
    const { slices, store } = ownerOf(random);
    const log = slices.flatMap(encodeSlice);
    const lost = slices.slice(0, Math.floor(slices.length / 2)).flatMap(encodeSlice).length;
    expect(() => restored(log.slice(lost))).toThrow(LabelRecordError);
    expect(() => restored(log.slice(lost))).toThrow(/partition 0 of the examples topic has lost its beginning/);
    expect(contentOf(restored(log), 0)).toEqual(contentOf(store, 0));
  });
});
