import { INPUT_ROLES, SECONDS_PER_DAY } from '../../../src/domain/event';
import type { PartitionLabels } from '../../../src/domain/labels/labels';
import { confirmTime } from '../../../src/services/trainer/label-intake';
import { anEvent } from '../../support/events';
import { openLabels } from '../../support/label-streams';
import { MemoryTrainerStore } from '../../support/memory-trainer-store';
import { type Notice, quietObserver } from '../../support/quiet-observer';

const START_S = Date.UTC(2024, 0, 1) / 1000;
const OLD_DAYS = 30;
const JUMP_DAYS = 700;
const day = (count: number) => START_S + count * SECONDS_PER_DAY;
const SETTINGS = {
  ...{ window: 4, quorum: 3, latenessDays: 1, originEveryDays: 5, maxOpenOrigins: 60, reservoirSize: 40 },
  ...{ recencyDays: 70, judgedScores: 0, gateShare: 0.25 },
};

/** An order of each of eight customers on each of 30 days, and two orders much later: too few to move time. */
function jumped(store = new MemoryTrainerStore()): { labels: PartitionLabels; ends: number[] } {
  const labels = openLabels(store, SETTINGS);
  let offset = 0;
  const order = (customer: number, timeS: number) => {
    labels.add(0, offset, anEvent({ customerId: `c${customer}`, eventId: `o${offset}`, timeS }));
    offset++;
  };
  for (let at = 0; at < 8 * OLD_DAYS; at++) order(at % 8, day(at / 8));
  for (const customer of [1, 2]) order(customer, day(JUMP_DAYS));
  labels.times.readUpTo(0, offset);
  return { labels, ends: INPUT_ROLES.map((_, topic) => (topic === 0 ? offset : 0)) };
}

function confirm(labels: PartitionLabels, ends: readonly number[], confirmedS: number | null): Notice[] {
  const notices: Notice[] = [];
  confirmTime(labels, ends, confirmedS, quietObserver(notices));
  return notices;
}

describe('CLV_TRAIN_TIME_CONFIRMED', () => {
  test('lets time jump to the newest record, once, and says so with the next step', () => {
    const { labels, ends } = jumped();
    expect(labels.times.readUntilS(ends)).toBeLessThan(day(OLD_DAYS));
    expect(confirm(labels, ends, day(JUMP_DAYS + 50))).toEqual([
      {
        level: 'warn',
        message: `partition 0: event time jumps to ${new Date(1000 * day(JUMP_DAYS + 50)).toISOString()}, as confirmed`,
        detail: { next: 'remove CLV_TRAIN_TIME_CONFIRMED, so that it does not confirm another jump' },
      },
    ]);
    expect(labels.times.readUntilS(ends)).toBe(day(JUMP_DAYS - SETTINGS.latenessDays));
    expect(labels.times.heldS).toBe(0);
    expect(labels.jumps()).toHaveLength(1);
    expect(confirm(labels, ends, day(JUMP_DAYS + 50))).toEqual([]);
  });

  test('lets it jump no further than it says', () => {
    const { labels, ends } = jumped();
    confirm(labels, ends, day(400));
    expect(labels.times.readUntilS(ends)).toBe(day(400 - SETTINGS.latenessDays));
    // The rest of the way still waits.
    expect(labels.times.heldS).toBe((JUMP_DAYS - 400) * SECONDS_PER_DAY);
  });

  test.each([
    ['is not set', null, 0],
    ['is before the time that the labels have come to', 10, 0],
    ['is set, but the partition was not read to its end', JUMP_DAYS, 1],
  ])('changes nothing if it %s', (_when, confirmed, unread) => {
    const { labels, ends } = jumped();
    const before = labels.times.readUntilS(ends);
    const known = ends.map((end) => end + unread);
    expect(confirm(labels, known, confirmed === null ? null : day(confirmed))).toEqual([]);
    expect(labels.times.readUntilS(ends)).toBe(before);
  });

  test('changes nothing in a stream that has not jumped', () => {
    const labels = openLabels(new MemoryTrainerStore(), SETTINGS);
    for (let at = 0; at < 240; at++)
      labels.add(0, at, anEvent({ customerId: `c${at % 8}`, eventId: `o${at}`, timeS: day(at / 8) }));
    labels.times.readUpTo(0, 240);
    const ends = INPUT_ROLES.map((_, topic) => (topic === 0 ? 240 : 0));
    expect(confirm(labels, ends, day(JUMP_DAYS))).toEqual([]);
    expect(labels.jumps()).toEqual([]);
  });

  test('holds after a restart that no longer has it', () => {
    const store = new MemoryTrainerStore();
    const { labels, ends } = jumped(store);
    confirm(labels, ends, day(JUMP_DAYS));
    const readS = labels.times.readUntilS(ends);
    labels.advance(readS);
    store.commit([labels.takeChanges()], null);
    expect(openLabels(store, SETTINGS).times.readUntilS(ends)).toBe(readS);
  });
});
