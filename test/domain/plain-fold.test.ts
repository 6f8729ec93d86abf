import { isDeepStrictEqual } from 'node:util';
import { type CustomerEvent, INPUT_ROLES } from '../../src/domain/event';
import { chainHash, textHash } from '../../src/domain/math/hash';
import { mulberry32, type Random } from '../../src/domain/math/random';
import { emptyState, foldEvent } from '../../src/domain/state/sequence-state';
import { decayedError } from '../support/decayed-tolerance';
import { type PositionedEvent, randomPast } from '../support/events';
import { PlainFold, plainChainHash } from '../support/plain-fold';
import { testSeed } from '../support/seeded';

const seed = testSeed();

/** What randomPast leaves out: dwell of any length, free orders and returns, profiles, offsets that do not follow time. */
function anyPast(random: Random, count: number): PositionedEvent[] {
  const below = (n: number) => Math.floor(random() * n);
  return randomPast(random, count).flatMap((one, i) => {
    const change: Partial<CustomerEvent> = {};
    if (one.event.kind === 'browse') Object.assign(change, { dwellS: [0, 1, 3_599, 3_600, 3_601, 90_000][below(6)] });
    if (['refund', 'cancel'].includes(one.event.kind) && random() < 0.2) Object.assign(change, { amountMinor: 0 });
    const event = { ...one.event, ...change };
    if (random() < 0.9) return [{ ...one, event }];
    const attributes = { ageBand: `${i}`, region: null, channel: null };
    const { customerId, timeS } = event;
    const size = { amountMinor: 0, items: 0, dwellS: 0, stars: 0 };
    const profile = { kind: 'profile' as const, customerId, eventId: 'profile', timeS, ...size };
    return [
      { ...one, event },
      {
        event: random() < 0.2 ? profile : { ...profile, attributes },
        position: { topic: 5, partition: 0, offset: below(1_000) },
      },
    ];
  });
}

/** Bursts, ties of time in one topic and in several, and a clock that starts at 0. */
function denseAndEarly(random: Random, count: number): PositionedEvent[] {
  return anyPast(random, count).map((one, i) => ({
    event: { ...one.event, eventId: `d${i}`, timeS: Math.floor(random() * 8_000) },
    position: { ...one.position, offset: i + Math.floor(random() * 2) * 2 ** 33 },
  }));
}

function slowly(plain: PlainFold, one: PositionedEvent) {
  const outcome = plain.fold(one);
  const window = { start: plain.start(), events: plain.events() };
  const folded = plain.counts(INPUT_ROLES.length);
  return { outcome, window, summary: plain.summary(), folded, profile: plain.profile() };
}

describe(`the fold beside one written the slow way (CLV_TEST_SEED=${seed})`, () => {
  test.each([
    ['any past', anyPast, 30],
    ['dense events', denseAndEarly, 30],
  ] as const)(
    'law, %s: outcomes, window, window start, summary, counts, hashes and profile are the same',
    (_, make, rounds) => {
      const random = mulberry32(seed);
      for (let round = 0; round < rounds; round++) {
        const n = 1 + Math.floor(random() * 7);
        const state = emptyState(0);
        const plain = new PlainFold(n);
        for (const [i, one] of make(random, 45).entries()) {
          const at = { round, n, i };
          const outcome = foldEvent(state, one.event, one.position, n);
          const { decayed, ...summary } = state.summary;
          const fast = { outcome, window: state.window, summary, folded: state.folded, profile: state.profile };
          const slow = slowly(plain, one);
          // jest's own comparison of each of these would take most of the time.
          if (!isDeepStrictEqual(fast, slow)) expect({ ...at, ...fast }).toEqual({ ...at, ...slow });
          if (plain.folded.length === 0) continue;
          for (const [k, expected] of plain.decayed().entries()) {
            if (Math.abs(decayed[k]! - expected) > decayedError(expected, plain.folded.length))
              expect({ ...at, k, decayed }).toEqual(expected);
          }
        }
      }
    },
  );

  test('law: the chain of offsets is the same in integers that cannot overflow', () => {
    const random = mulberry32(seed + 1);
    let hash = 0;
    for (let i = 0; i < 2_000; i++) {
      const offset = Math.floor(random() * 2 ** (1 + Math.floor(random() * 53)));
      expect({ hash, offset, next: chainHash(hash, offset) }).toEqual({
        hash,
        offset,
        next: plainChainHash(hash, offset),
      });
      hash = chainHash(hash, offset);
    }
  });

  test('hashes a text as FNV-1a does', () => {
    // Published test vectors of the 32-bit FNV-1a.
    expect(textHash('')).toBe(0x811c9dc5);
    expect(textHash('a')).toBe(0xe40c292c);
    expect(textHash('foobar')).toBe(0xbf9cf968);
  });
});
