import {
  type CustomerEvent,
  type EventKind,
  INPUT_ROLES,
  SECONDS_PER_DAY,
  TOPIC_OF_KIND,
} from '../../../src/domain/event';
import type { LabelSettings } from '../../../src/domain/labels/label-progress';
import type { PartitionLabels } from '../../../src/domain/labels/labels';
import { compareOrigins } from '../../../src/domain/labels/origins';
import type { BackfillMark } from '../../../src/domain/labels/time-front';
import type { TrainerStore } from '../../../src/ports/trainer-store';
import { openLabels, START_S } from '../../support/label-streams';
import { MemoryTrainerStore } from '../../support/memory-trainer-store';
import { type Seeded, seeded, testSeed } from '../../support/seeded';

const seed = testSeed();
const HISTORY_DAYS = 150;
const LIVE_DAY = 200;
const SETTINGS: LabelSettings = {
  ...{ window: 16, quorum: 3, latenessDays: 1 / 24, originEveryDays: 5, maxOpenOrigins: 100_000 },
  ...{ reservoirSize: 100_000, recencyDays: 70, judgedScores: 0, gateShare: 0.25 },
};

interface Written {
  readonly topic: number;
  readonly event: CustomerEvent;
  readonly mark: BackfillMark | null;
}

/** Events in the order of their times. */
function events(
  dice: Seeded,
  name: string,
  kinds: readonly EventKind[],
  fromDay: number,
  days: number,
  perDay: number,
) {
  const count = days * perDay;
  return Array.from({ length: count }, (_, i): CustomerEvent => {
    const kind = dice.pick(kinds);
    const timeS = START_S + Math.floor((fromDay + (i * days) / count) * SECONDS_PER_DAY);
    const amountMinor = kind === 'order' ? 1 + dice.below(9_000) : 0;
    const who = { customerId: `c${dice.below(40)}`, eventId: `${name}${i}` };
    return { kind, ...who, timeS, amountMinor, items: amountMinor > 0 ? 1 : 0, dwellS: 0, stars: 0 };
  });
}

const liveOf = (all: readonly CustomerEvent[]) =>
  all.map((event): Written => ({ topic: TOPIC_OF_KIND[event.kind], event, mark: null }));

/** The last event of each topic closes it. */
function backfillOf(history: readonly CustomerEvent[]): Written[] {
  const last = new Map(history.map((event, i) => [TOPIC_OF_KIND[event.kind], i]));
  return history.map((event, i) => {
    const topic = TOPIC_OF_KIND[event.kind];
    return { topic, event, mark: last.get(topic) === i ? 'last' : 'more' };
  });
}

/** Labels of a partition whose topics grow by these parts. After each part everything is read, in random batches, and topics count as idle. */
class Stream {
  private readonly logs: Written[][] = INPUT_ROLES.map(() => []);
  private readonly store: TrainerStore = new MemoryTrainerStore();
  labels: PartitionLabels = openLabels(this.store, SETTINGS);

  constructor(private readonly dice: Seeded) {}

  add(part: readonly Written[]): this {
    for (const each of part) this.logs[each.topic]!.push(each);
    const ends = this.logs.map((log) => log.length);
    for (;;) {
      const behind = this.logs.flatMap((log, topic) =>
        this.labels.times.nextOffset(topic) < log.length ? [topic] : [],
      );
      if (behind.length === 0) break;
      const topic = this.dice.pick(behind);
      const from = this.labels.times.nextOffset(topic);
      const batch = this.logs[topic]!.slice(from, from + 1 + this.dice.below(200));
      batch.forEach(({ event, mark }, i) => {
        this.labels.add(topic, from + i, event, mark);
      });
      this.labels.times.readUpTo(topic, from + batch.length);
      this.labels.advance(this.labels.times.readUntilS(ends));
      this.store.commit([this.labels.takeChanges()], null);
      if (this.dice.next() < 0.05) this.labels = openLabels(this.store, SETTINGS);
    }
    return this;
  }

  /** What the labels say, without the offsets in the states. */
  outcome() {
    const { clockS } = this.labels;
    const origins = [...this.labels.origins()].sort(compareOrigins);
    const told = origins.map(({ customerId, atS, segment, tally }) => ({ customerId, atS, segment, tally }));
    return { clockS, counters: this.labels.count(), told };
  }
}

describe(`labels of a back-fill beside live traffic (CLV_TEST_SEED=${seed})`, () => {
  test.each(Array.from({ length: 6 }, (_, i) => i))(
    'law: they are those of a history that came first, stream %i',
    (round) => {
      const dice = seeded(seed + round);
      // Clicks of the past may be missing, as in most exports. Live ones come all the same.
      const kinds: EventKind[] = dice.pick([['order'], ['order', 'click'], ['order', 'click', 'review']]);
      const history = backfillOf(events(dice, 'h', kinds, 0, HISTORY_DAYS, 12));
      // Live for four days while the back-fill pauses at random instants, and goes on.
      const live = liveOf(events(dice, 'l', ['order', 'click', 'review'], LIVE_DAY, 4, 40));
      const parts: Written[][] = [];
      const cuts = Array.from({ length: 5 }, () => dice.next()).sort((a, b) => a - b);
      const from = [0, ...cuts];
      // The history begins within the first hours, and ends a day before the last live records, which move time on.
      const liveCuts = [0.02, ...Array.from({ length: 5 }, () => 0.1 + 0.6 * dice.next()).sort((a, b) => a - b)];
      from.forEach((cut, i) => {
        const liveFrom = i === 0 ? 0 : liveCuts[i - 1]!;
        parts.push(live.slice(Math.floor(liveFrom * live.length), Math.floor(liveCuts[i]! * live.length)));
        const part = [cut, cuts[i] ?? 1].map((share) => Math.floor(share * history.length));
        parts.push(history.slice(...part));
      });
      parts.push(live.slice(Math.floor(liveCuts.at(-1)! * live.length)));

      const beside = new Stream(dice);
      let closedS = 0;
      for (const part of parts) {
        beside.add(part);
        const back = part.findLast(({ mark }) => mark !== null);
        if (back?.mark === 'more') {
          closedS = beside.labels.clockS;
          expect(closedS).toBeLessThanOrEqual(back.event.timeS);
        }
      }
      const first = new Stream(dice).add(history).add(live);
      expect(beside.outcome()).toEqual(first.outcome());
      expect(beside.outcome().counters.tooLate).toBe(0);
      expect(beside.labels.clockS).toBeGreaterThan(START_S + (LIVE_DAY + 2) * SECONDS_PER_DAY);
    },
  );
});
