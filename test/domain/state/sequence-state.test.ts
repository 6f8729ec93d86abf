import { mulberry32 } from '../../../src/domain/math/random';
import { emptyState, foldEvent, REPEATS_REMEMBERED } from '../../../src/domain/state/sequence-state';
import { decodeState, encodeState } from '../../../src/serde/state-blob';
import { anEvent, interleave, type PositionedEvent, randomPast } from '../../support/events';
import { testSeed } from '../../support/seeded';

const seed = testSeed();

/** What the audit goes by: which positions were repeats, and the counts and hashes after all of them. */
function audited(past: readonly PositionedEvent[]) {
  let state = emptyState(2);
  const repeats: string[] = [];
  for (const { event, position } of past) {
    const { window } = foldEvent(state, event, position, 3);
    if (window === 'repeated') repeats.push(`${position.topic}@${position.offset}`);
    state = decodeState(encodeState(state));
  }
  return { repeats: repeats.sort(), folded: state.folded, recent: state.recent };
}

/** The window without the marks of voided orders: they also depend on whether a return came before its order had left the window. */
function windowOf(past: readonly PositionedEvent[], n: number) {
  const state = emptyState(2);
  const outcomes = past.map(({ event, position }) => foldEvent(state, event, position, n).window);
  const { voided, voidedMinor, ...start } = state.window.start;
  const events = state.window.events.map(({ voided: _, ...event }) => event);
  return { isLate: outcomes.includes('too-late'), window: { start, events } };
}

describe(`the fold of a customer's events (CLV_TEST_SEED=${seed})`, () => {
  test('law: repeats, counts and hashes follow from each topic alone, however topics interleave', () => {
    const random = mulberry32(seed);
    let repeats = 0;
    for (let round = 0; round < 200; round++) {
      const past = randomPast(random, 60);
      const once = audited(past);
      repeats += once.repeats.length;
      expect({ round, ...audited(interleave(past, random)) }).toEqual({ round, ...once });
    }
    expect(repeats).toBeGreaterThan(100);
  });

  test('law: the window depends on how topics interleave only if an event came after its start had passed it', () => {
    const random = mulberry32(seed + 1);
    const rounds = { inTime: 0, late: 0, different: 0 };
    for (let round = 0; round < 400; round++) {
      const past = randomPast(random, 40);
      const n = 4 + Math.floor(random() * 16);
      const [one, other] = [windowOf(past, n), windowOf(interleave(past, random), n)] as const;
      if (one.isLate || other.isLate) {
        rounds.late++;
        if (JSON.stringify(one.window) !== JSON.stringify(other.window)) rounds.different++;
        continue;
      }
      rounds.inTime++;
      expect({ round, ...other.window }).toEqual({ round, ...one.window });
    }
    expect(rounds.inTime).toBeGreaterThan(30);
    expect(rounds.different).toBeGreaterThan(30);
  });

  test('recognises a repeat of an event that is in the summary only, and forgets older events than it remembers', () => {
    const state = emptyState(2);
    const fold = (eventId: string, offset: number) =>
      foldEvent(state, anEvent({ kind: 'click', eventId, timeS: 1_700_000_000 }), { topic: 1, partition: 0, offset }, 3)
        .window;
    expect(fold('a', 0)).toBe('appended');
    expect(fold('b', 1)).toBe('coalesced');
    expect(fold('b', 2)).toBe('repeated');
    for (let i = 0; i < REPEATS_REMEMBERED; i++) fold(`c${i}`, 3 + i);
    expect(fold('a', 20)).toBe('coalesced');
    expect(state.folded[1]!.count).toBe(2 + REPEATS_REMEMBERED + 1);
    expect(state.summary.clicks).toBe(2 + REPEATS_REMEMBERED + 1);
  });
});
