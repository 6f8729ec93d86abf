import { mulberry32 } from '../../src/domain/math/random';
import { emptyState, foldEvent } from '../../src/domain/state/sequence-state';
import { CHECKED_FORMAT, NEWEST_FORMAT, OLDEST_FORMAT } from '../../src/serde/format-level';
import { decodeState, encodeState } from '../../src/serde/state-blob';
import { randomPast } from '../support/events';
import { decodeStateV5, fixture, plainOf } from '../support/format-1';
import { decodeStateV6, statesOfLevelTwo } from '../support/format-2';
import { testSeed } from '../support/seeded';

const seed = testSeed();
const stored = fixture<{ blob: string; state: unknown }[]>('states.json').map(({ blob, state }) => ({
  blob: Buffer.from(blob, 'base64'),
  state,
}));

test.each(stored.map((each, i) => [i, each] as const))(
  'state %i of the version before is read, and rewritten at either level',
  (_, { blob, state }) => {
    expect(plainOf(decodeState(blob))).toEqual(state);
    expect(Buffer.from(encodeState(decodeState(blob), OLDEST_FORMAT))).toEqual(blob);
    expect(plainOf(decodeState(encodeState(decodeState(blob), NEWEST_FORMAT)))).toEqual(state);
    expect(decodeStateV5(blob)).toEqual(state);
  },
);

test(`law: earlier versions read what is written at their level, and refuse a later one (CLV_TEST_SEED=${seed})`, () => {
  const random = mulberry32(seed);
  for (let round = 0; round < 60; round++) {
    const state = emptyState(4);
    for (const { event, position } of randomPast(random, 1 + round)) foldEvent(state, event, position, 6);
    if (round % 3 > 0)
      state.profile = {
        attributes: round % 3 === 1 ? null : { ageBand: '', region: 'é', channel: null },
        offset: 2 ** 40,
      };
    if (round % 2 > 0) state.published = { value: random(), asOfS: 1, modelVersion: 'm-é', refolded: true };
    expect(decodeStateV5(encodeState(state, OLDEST_FORMAT))).toEqual(plainOf(state));
    expect(() => decodeStateV5(encodeState(state, CHECKED_FORMAT))).toThrow('not version 5');
    expect(decodeStateV6(encodeState(state, CHECKED_FORMAT))).toEqual(plainOf(state));
    expect(() => decodeStateV6(encodeState(state, NEWEST_FORMAT))).toThrow('not version 6');
  }
});

test.each(statesOfLevelTwo().map((each, i) => [i, each] as const))(
  'state %i of level 2 is read, and rewritten at every level',
  (_, { blob, state }) => {
    const bytes = Buffer.from(blob, 'base64');
    expect(decodeStateV6(bytes)).toEqual(state);
    expect(plainOf(decodeState(bytes))).toEqual(state);
    expect(Buffer.from(encodeState(decodeState(bytes), CHECKED_FORMAT))).toEqual(bytes);
    expect(plainOf(decodeState(encodeState(decodeState(bytes), NEWEST_FORMAT)))).toEqual(state);
    expect(decodeStateV5(encodeState(decodeState(bytes), OLDEST_FORMAT))).toEqual(state);
  },
);
