import { SECONDS_PER_DAY } from '../../../src/domain/event';
import type { LearningLabels } from '../../../src/domain/labels/learning-labels';
import { emptyTally, type Origin } from '../../../src/domain/labels/origins';
import type { TimeJump } from '../../../src/domain/labels/time-front';
import type { StoredTrial } from '../../../src/ports/trainer-store';
import { isKnown, jumpDuring } from '../../../src/services/trainer/jump-guard';

const day = (count: number) => 1_700_000_000 + count * SECONDS_PER_DAY;
const jump = (from: number, until: number): TimeJump => ({ fromS: day(from), untilS: day(until) });
/** A silence of two years, and one of 30 days, which a shop may have. */
const [LONG, SHORT] = [jump(100, 830), jump(100, 130)];

describe('a trial ends undecided', () => {
  const trialFrom = (from: number) => ({ startedAtS: day(from) }) as StoredTrial;
  const withJumps = (...jumps: TimeJump[]) => ({ jumps: () => jumps }) as Partial<LearningLabels> as LearningLabels;
  const during = (from: number, today: number, ...partitions: LearningLabels[]) =>
    jumpDuring(trialFrom(from), day(today), partitions);

  test('by a long jump while it runs, in whichever partition', () => {
    expect(during(50, 831, withJumps(), withJumps(SHORT, LONG))).toBe(LONG);
  });

  test('as soon as a day is in the jump, and not on the day at which it begins', () => {
    expect(during(50, 101, withJumps(LONG))).toBe(LONG);
    expect(during(50, 100, withJumps(LONG))).toBeNull();
  });

  test('if it began in the jump, but not if it began after it', () => {
    expect(during(400, 831, withJumps(LONG))).toBe(LONG);
    expect(during(830, 1_000, withJumps(LONG))).toBeNull();
  });

  test('not by a silence of 30 days, nor without any jump', () => {
    expect(during(50, 831, withJumps(SHORT))).toBeNull();
    expect(during(50, 831, withJumps(jump(100, 130 + 1 / 86_400)))).not.toBeNull();
    expect(during(50, 831, withJumps(), withJumps())).toBeNull();
  });
});

describe('the outcome of a question is known', () => {
  const asked = (at: number, endedAt: number | null = null): Origin => ({
    ...{ customerId: 'c', atS: day(at), snapshot: new Uint8Array(), segment: 0, score: null },
    tally: { ...emptyTally(), endedAtS: endedAt === null ? null : day(endedAt) },
  });
  const known = (origin: Origin, clock: number, ...jumps: TimeJump[]) => isKnown(origin, day(clock), jumps);

  test('if all of its 365 days were over before the jump, or it was asked after it', () => {
    expect(known(asked(-265), 900, LONG)).toBe(true);
    expect(known(asked(-264), 900, LONG)).toBe(false);
    expect(known(asked(829), 900, LONG)).toBe(false);
    expect(known(asked(830), 900, LONG)).toBe(true);
  });

  test('if it was ended before the jump: nothing after that instant counts', () => {
    expect(known(asked(0, 99), 900, LONG)).toBe(true);
    expect(known(asked(0, 101), 900, LONG)).toBe(false);
  });

  test('as long as the labels have not come to the jump', () => {
    expect(known(asked(50), 100, LONG)).toBe(true);
    expect(known(asked(50), 101, LONG)).toBe(false);
  });

  test('across a silence of 30 days', () => {
    expect(known(asked(50), 900, SHORT)).toBe(true);
    expect(known(asked(50), 900, SHORT, LONG)).toBe(false);
    expect(known(asked(50), 900)).toBe(true);
  });
});
