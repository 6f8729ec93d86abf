import { mulberry32, type Random } from '../../src/domain/math/random';
import { emptyState, foldEvent, type SequenceState } from '../../src/domain/state/sequence-state';
import { VALUE_TIERS } from '../../src/domain/update';
import { crc32c } from '../../src/serde/crc32c';
import { CHECKED_FORMAT, NEWEST_FORMAT, OLDEST_FORMAT, TIERED_FORMAT } from '../../src/serde/format-level';
import { decodeState, encodeState, formatOfState, StateBlobError } from '../../src/serde/state-blob';
import { randomPast } from '../support/events';
import { testSeed } from '../support/seeded';

const seed = testSeed();
const LEVELS = [OLDEST_FORMAT, CHECKED_FORMAT, TIERED_FORMAT];

function randomState(random: Random, events = 1 + Math.floor(random() * 40)): SequenceState {
  const state = emptyState(4);
  for (const { event, position } of randomPast(random, events)) foldEvent(state, event, position, 6);
  state.encoderVersion = random() < 0.5 ? '' : 'e-0123456789ab';
  state.hidden = Float32Array.from({ length: 4 }, () => random() - 0.5);
  const attributes = { ageBand: '25-34', region: random() < 0.5 ? null : 'Nørd', channel: null };
  if (random() < 0.6) state.profile = { attributes: random() < 0.3 ? null : attributes, offset: 17 };
  if (random() < 0.6) {
    state.published = { value: 100 * random(), asOfS: 1_700_000_000, modelVersion: 'm-1', refolded: random() < 0.5 };
  }
  return state;
}

/** The state, or the name of the error that says why not. */
function outcome(bytes: Uint8Array): SequenceState | string {
  try {
    return decodeState(bytes);
  } catch (error) {
    if (error instanceof StateBlobError) return error.code;
    throw error;
  }
}

describe(`state blobs (CLV_TEST_SEED=${seed})`, () => {
  test.each(LEVELS)('law: level %s gives back what was written, in equal bytes', (level) => {
    const random = mulberry32(seed);
    for (let round = 0; round < 60; round++) {
      const state = randomState(random);
      const bytes = encodeState(state, level);
      expect(decodeState(bytes)).toEqual(state);
      expect(encodeState(decodeState(bytes), level)).toEqual(bytes);
      expect(formatOfState(bytes)).toBe(level);
    }
  });

  test('the levels differ in the version byte, the checksum and the tier alone', () => {
    const state = randomState(mulberry32(seed));
    state.published ??= { value: 1, asOfS: 1, modelVersion: 'm-1', refolded: false };
    const [old, checked, now] = LEVELS.map((level) => encodeState(state, level)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    expect([old[0], checked[0], now[0]]).toEqual([5, 6, 7]);
    expect(checked.subarray(1, -4)).toEqual(old.subarray(1));
    expect(now.subarray(1, -4)).toEqual(Uint8Array.of(...old.subarray(1), 0));
  });

  test.each([...VALUE_TIERS.entries()])('tier %i, %s, is kept at level 3, and dropped below', (index, tier) => {
    const state = randomState(mulberry32(seed));
    state.published = { value: 1, asOfS: 1, modelVersion: 'm-1', refolded: false, tier };
    const bytes = encodeState(state, TIERED_FORMAT);
    expect(bytes.at(-5)).toBe(index + 1);
    expect(decodeState(bytes)).toEqual(state);
    expect(decodeState(encodeState(state, CHECKED_FORMAT)).published).not.toHaveProperty('tier');
  });

  test('a state of level 3 with a tier that does not exist is refused, though its checksum fits', () => {
    const state = randomState(mulberry32(seed));
    state.published = { value: 1, asOfS: 1, modelVersion: 'm-1', refolded: false };
    const bytes = Buffer.from(encodeState(state, NEWEST_FORMAT));
    bytes[bytes.length - 5] = VALUE_TIERS.length + 1;
    bytes.writeUInt32LE(crc32c(bytes.subarray(0, -4)), bytes.length - 4);
    expect(() => decodeState(bytes)).toThrow(/tier/);
  });

  test('law: every flipped bit, every cut and every byte more is refused', () => {
    const random = mulberry32(seed);
    for (let round = 0; round < 2; round++) {
      const bytes = encodeState(randomState(random, 8));
      const accepted: string[] = [];
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const damaged = Uint8Array.from(bytes);
        damaged[bit >> 3]! ^= 1 << (bit & 7);
        if (outcome(damaged) !== 'state-blob') accepted.push(`bit ${bit}`);
      }
      for (let length = 0; length < bytes.length; length++) {
        if (outcome(bytes.subarray(0, length)) !== 'state-blob') accepted.push(`length ${length}`);
      }
      expect(accepted).toEqual([]);
      expect(outcome(Uint8Array.of(...bytes, 0))).toBe('state-blob');
    }
  });

  test.each(LEVELS)('law: damage of any kind to level %s ends in a state or in the declared error', (level) => {
    const random = mulberry32(seed);
    const clean = Array.from({ length: 20 }, () => encodeState(randomState(random, 6), level));
    for (let round = 0; round < 2_000; round++) {
      const bytes = Uint8Array.from(clean[round % clean.length]!);
      for (let hit = 0; hit <= Math.floor(random() * 4); hit++) {
        bytes[Math.floor(random() * bytes.length)] = random() < 0.5 ? 0xff : Math.floor(random() * 256);
      }
      outcome(bytes);
    }
    for (let round = 0; round < 2_000; round++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256));
      bytes[0] = 5;
      outcome(bytes);
    }
  });

  test('what version 5 can notice without a checksum: bytes after the end, codes that nobody writes', () => {
    const bytes = encodeState(emptyState(2), OLDEST_FORMAT);
    expect(outcome(Uint8Array.of(...bytes, 0))).toBe('state-blob');
    const flagged = Uint8Array.from(bytes);
    // The last byte says whether a value was published: 0 or 1.
    flagged[flagged.length - 1] = 2;
    expect(outcome(flagged)).toBe('state-blob');
  });

  test('law: a throw in one customer’s state changes no byte of another’s', () => {
    const random = mulberry32(seed);
    for (let round = 0; round < 60; round++) {
      const level = LEVELS[round % 2]!;
      const bob = randomState(random);
      const before = encodeState(bob, level);
      expect(() => encodeState(broken(randomState(random), random), level)).toThrow();
      expect(encodeState(bob, level)).toEqual(before);
    }
  });
});

/** A state that no form holds: the fault lies early or late in the blob. */
function broken(state: SequenceState, random: Random): SequenceState {
  const faults: (() => void)[] = [
    () => (state.summary.placedMinor = 2 ** 53),
    () => (state.summary.firstSeenS = Number.NaN),
    () => (state.window.start.offset = -2),
    () => (state.window.events = [{ ...state.window.events[0]!, amountMinor: -1, kind: 0 }]),
    () => (state.folded[4] = { count: 0.5, hash: 0 }),
    () => (state.published = { value: 1, asOfS: -9, modelVersion: 'm', refolded: false }),
  ];
  faults[Math.floor(random() * faults.length)]!();
  return state;
}
