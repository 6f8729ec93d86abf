import { INPUT_ROLES, SECONDS_PER_DAY } from '../../../../src/domain/event';
import type { LabelSlice } from '../../../../src/domain/labels/label-slice';
import { mulberry32 } from '../../../../src/domain/math/random';
import { type LogReader, WriterFenced } from '../../../../src/ports/log';
import { LabelChangelog } from '../../../../src/services/trainer/shared/label-changelog';
import { OwnershipUnsure } from '../../../../src/services/trainer/shared/ownership';
import { contentOf, ends, openLabels, randomLogs, START_S } from '../../../support/label-streams';
import { MemoryLog } from '../../../support/memory-log';
import { MemoryTrainerStore } from '../../../support/memory-trainer-store';
import { until } from '../../../support/process';
import { realClock } from '../../../support/real-clock';

const TOPIC = 'examples';
const P = 2;
const SETTINGS = {
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
const LOGS = randomLogs(mulberry32(3), 400, 12, 60, 0.8);

/** Counts the records that are delivered. */
function counting(log: MemoryLog): { reader: LogReader; read: () => number } {
  let count = 0;
  const readToEnd: LogReader['readToEnd'] = (positions, onBatch) =>
    log.readToEnd(positions, async (batch) => {
      count += batch.records.length;
      await onBatch(batch);
    });
  const reader = {
    bounds: log.bounds.bind(log),
    follow: log.follow.bind(log),
    readToEnd,
    close: async () => undefined,
  };
  return { reader, read: () => count };
}

function opened(log: MemoryLog, store = new MemoryTrainerStore()) {
  const { reader, read } = counting(log);
  return { changelog: new LabelChangelog({ reader, store, clock: realClock }, TOPIC), store, read };
}

/** Publishes the days of a stream, and returns its store and its slices. */
async function published(log: MemoryLog, days: number) {
  const { changelog, store } = opened(log);
  const writer = log.fencedWriter('p');
  const labels = openLabels(store, SETTINGS, P);
  LOGS.forEach((events, topic) => {
    events.forEach((event, offset) => {
      labels.add(topic, offset, event);
    });
    labels.times.readUpTo(topic, events.length);
  });
  const slices: LabelSlice[] = [];
  const firstS = Math.ceil(START_S / SECONDS_PER_DAY) * SECONDS_PER_DAY;
  for (let day = 0; day < days; day++) {
    labels.advance(firstS + day * SECONDS_PER_DAY);
    const slice = { changes: labels.takeChanges(), readUntilS: labels.times.readUntilS(ends(LOGS)) };
    slices.push(structuredClone(slice));
    await changelog.publish(writer, slice);
  }
  return { store, slices, writer };
}

test('a store that has the last slice is taken as it is, after a look at the end of the log', async () => {
  const log = new MemoryLog(() => 20);
  const { store, slices } = await published(log, 30);
  const again = opened(log, store);
  const restored = await again.changelog.restore(P);
  expect(restored.progress!.clockS).toBe(slices.at(-1)!.changes.clockS);
  expect(restored.readUntilS).toBe(slices.at(-1)!.readUntilS);
  expect(log.records(TOPIC, P).length).toBeGreaterThan(200);
  expect(again.read()).toBeLessThanOrEqual(64);
});

test('a store that is a day behind, or empty, is made anew from the log', async () => {
  const log = new MemoryLog(() => 50);
  const { store } = await published(log, 30);
  const behind = await published(new MemoryLog(), 29);
  for (const before of [behind.store, new MemoryTrainerStore()]) {
    const { changelog, store: restored } = opened(log, before);
    await changelog.restore(P);
    expect(contentOf(restored, P)).toEqual(contentOf(store, P));
    expect(restored.progress(P)!.pending).toHaveLength(store.progress(P)!.pending.length);
  }
});

test('what a store has of a partition without a slice is forgotten: the inputs are read from the beginning', async () => {
  const { store } = await published(new MemoryLog(), 10);
  const { changelog } = opened(new MemoryLog(), store);
  expect((await changelog.restore(P)).progress).toBeNull();
  expect(store.progress(P)).toMatchObject({ clockS: -1, origins: [], customers: [] });
  expect(store.offsets(P)).toEqual(INPUT_ROLES.map(() => 0));
});

test('a write that failed, or was fenced, leaves the store as it was', async () => {
  const log = new MemoryLog();
  const { store, slices, writer } = await published(log, 10);
  const { changelog } = opened(log, store);
  const before = contentOf(store, P);
  const next = { ...slices[9]!, changes: { ...slices[9]!.changes, clockS: slices[9]!.changes.clockS + 1 } };
  const broken = { append: () => Promise.reject(new Error('no answer')), close: async () => undefined };
  await expect(changelog.publish(broken, next)).rejects.toThrow(OwnershipUnsure);
  log.fencedWriter('p');
  await expect(changelog.publish(writer, next)).rejects.toThrow(WriterFenced);
  expect(contentOf(store, P)).toEqual(before);
});

test("the learner's store follows the slices of other owners, and takes none twice", async () => {
  const log = new MemoryLog(() => 30);
  const { store: owners } = await published(log, 20);
  const { changelog, store } = opened(log);
  const stop = new AbortController();
  const days: number[] = [];
  const following = changelog.follow(
    new Map([[P, 0]]),
    (_, entry) => 'slice' in entry && days.push(entry.slice.changes.clockS),
    stop.signal,
  );
  await until('the slices are there', () => days.length === 20);
  const last = log.records(TOPIC, P).slice(-40);
  const isClosing = (key: Uint8Array | null) => new TextDecoder().decode(key!) === 'day';
  const from = last.slice(0, -1).findLastIndex(({ key }) => isClosing(key)) + 1;
  log.append(last.slice(from).map((record) => ({ ...record, topic: TOPIC, partition: P })));
  await until('the repeated slice is there', () => days.length === 21);
  stop.abort();
  await following;
  expect(contentOf(store, P)).toEqual(contentOf(owners, P));
});
