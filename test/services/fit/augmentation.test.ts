import { EVENT_KINDS } from '../../../src/domain/event';
import { STEP_FEATURES } from '../../../src/domain/features/features';
import { mulberry32 } from '../../../src/domain/math/random';
import { exampleInputs } from '../../../src/domain/scoring/example';
import { emptyState, foldEvent, type SequenceState } from '../../../src/domain/state/sequence-state';
import { kindOf } from '../../../src/domain/state/window';
import { NO_AUGMENTATION, varied } from '../../../src/services/fit/augmentation';
import { randomPast } from '../../support/events';
import { randomModel } from '../../support/models';
import { testSeed } from '../../support/seeded';

const { settings } = randomModel(1);
const seed = testSeed();

function randomState(random: () => number): SequenceState {
  const state = emptyState(0);
  for (const { event, position } of randomPast(random, 1 + Math.floor(40 * random()))) {
    foldEvent(state, event, position, 8);
  }
  return state;
}

/** Steps of the window as the network sees them, [T][F]; the last is the clock's. */
function stepsOf({ summary }: SequenceState, window: SequenceState['window'], asOfS: number): number[][] {
  const { sequence, steps } = exampleInputs({ window, summary }, asOfS, settings);
  return Array.from({ length: steps }, (_, t) => [...sequence.subarray(t * STEP_FEATURES, (t + 1) * STEP_FEATURES)]);
}

describe(`varied windows (CLV_TEST_SEED=${seed})`, () => {
  const random = mulberry32(seed);
  const states = Array.from({ length: 200 }, () => randomState(random));
  const lastS = (state: SequenceState) => state.summary.lastSeenS + 86_400;

  test('a cropped window gives the last steps of the whole one, and one event at least', () => {
    let cropped = 0;
    for (const state of states) {
      const before = JSON.stringify(state.window);
      const seen = varied(state.window, { crop: 1, drop: 0 }, random);
      expect(JSON.stringify(state.window)).toBe(before);
      expect(seen.events.length).toBeGreaterThanOrEqual(1);
      if (state.window.events.length > 1) expect(seen.events.length).toBeLessThan(state.window.events.length);
      if (seen !== state.window) cropped++;
      const whole = stepsOf(state, state.window, lastS(state));
      expect(stepsOf(state, seen, lastS(state))).toEqual(whole.slice(-(seen.events.length + 1)));
    }
    expect(cropped).toBeGreaterThan(100);
  });

  test('dropping takes clicks and browses only; age and the time since the last order stay', () => {
    const counts = { before: 0, after: 0 };
    for (const state of states) {
      const seen = varied(state.window, { crop: 0, drop: 1 }, random);
      const money = (events: typeof seen.events) => events.filter((e) => !['click', 'browse'].includes(kindOf(e)));
      expect(money(seen.events)).toEqual(money(state.window.events));
      expect(state.window.events.filter((e) => seen.events.includes(e))).toEqual(seen.events);
      const clock = (window: typeof seen) =>
        stepsOf(state, window, lastS(state))
          .pop()!
          .slice(EVENT_KINDS.length + 1, EVENT_KINDS.length + 5);
      const [, sinceOrder, age, ordered] = clock(seen);
      expect([sinceOrder, age, ordered]).toEqual(clock(state.window).slice(1));
      counts.before += state.window.events.length - money(state.window.events).length;
      counts.after += seen.events.length - money(seen.events).length;
    }
    expect(counts.after / counts.before).toBeGreaterThan(0.35);
    expect(counts.after / counts.before).toBeLessThan(0.65);
  });

  test('happens as often as its chance says, and not at all if it is 0: not even a random number is drawn', () => {
    const chosen = states.filter(({ window }) => window.events.length > 1);
    const share = Array.from({ length: 20 }, () => chosen)
      .flat()
      .filter(({ window }) => varied(window, { crop: 0.3, drop: 0 }, random) !== window).length;
    expect(share / (20 * chosen.length)).toBeCloseTo(0.3, 1);
    const never = () => {
      throw new Error('drawn');
    };
    for (const { window } of states) expect(varied(window, NO_AUGMENTATION, never)).toBe(window);
  });
});
