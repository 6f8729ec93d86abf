import {
  BY_NOBODY,
  type InForce,
  inForceAfter,
  MOST_EARLIER,
  nextRelease,
  type ReleaseAction,
  type Released,
} from '../../../src/domain/release/release';

const NOTHING: InForce = { version: null, pinned: false, earlier: [] };

/** What is in force after steps such as `promoted B`. */
function afterSteps(steps: readonly string[], from: InForce = NOTHING): InForce {
  return steps.reduce((inForce, step) => {
    const [action, version] = step.split(' ') as [ReleaseAction, string];
    const { pinned, earlier } = nextRelease(inForce, version, { action, by: 'ann@till', reason: '' });
    return { version, pinned, earlier };
  }, from);
}

describe('the earlier versions', () => {
  test.each([
    ['nothing is before the first one', ['published A'], []],
    ['the newest is first', ['published A', 'promoted B', 'promoted C'], ['B', 'A']],
    [
      'a roll-back takes off what it goes back from',
      ['published A', 'promoted B', 'promoted C', 'rolled-back B'],
      ['A'],
    ],
    [
      'a second one goes further back',
      ['published A', 'promoted B', 'promoted C', 'rolled-back B', 'rolled-back A'],
      [],
    ],
    ['a roll-back past others takes those off too', ['published A', 'promoted B', 'promoted C', 'rolled-back A'], []],
    [
      'a model that was rolled back from never comes back by itself',
      ['published A', 'promoted B', 'rolled-back A', 'promoted C'],
      ['A'],
    ],
    [
      'but it counts again once it was promoted by hand',
      ['published A', 'promoted B', 'rolled-back A', 'promoted B'],
      ['A'],
    ],
    ['a recalibration replaces the one before', ['published A', 'promoted B', 'recalibrated B2'], ['A']],
    ['a version is there once', ['published A', 'promoted B', 'promoted A'], ['B']],
    ['the same again changes nothing', ['published A', 'promoted B', 'published B'], ['A']],
    ['a pin changes nothing', ['published A', 'promoted B', 'pinned B', 'unpinned B'], ['A']],
    ['a pin that takes a model back is like a roll-back', ['published A', 'promoted B', 'pinned A'], []],
    ['a roll-back to an unlisted version leaves the list', ['published A', 'promoted B', 'rolled-back X'], ['A']],
  ] as const)('%s', (_, steps, earlier) => {
    expect(afterSteps(steps).earlier).toEqual(earlier);
  });

  test('are bounded: the oldest are forgotten', () => {
    const { earlier } = afterSteps(Array.from({ length: MOST_EARLIER + 5 }, (_, i) => `promoted v${i}`));
    expect(earlier).toHaveLength(MOST_EARLIER);
    expect(earlier[0]).toBe(`v${MOST_EARLIER + 3}`);
  });
});

describe('the pin', () => {
  test.each([
    ['is off at first', ['published A'], false],
    ['is kept by a release by hand', ['published A', 'pinned A', 'promoted B', 'rolled-back A', 'published C'], true],
    ['ends', ['published A', 'pinned A', 'promoted B', 'unpinned B'], false],
    ['stays ended', ['published A', 'pinned A', 'unpinned A', 'promoted B'], false],
  ] as const)('%s', (_, steps, pinned) => {
    expect(afterSteps(steps).pinned).toBe(pinned);
  });
});

test('who and why are part of the release', () => {
  const change = { action: 'promoted', by: 'ann@till', reason: 'spring' } as const;
  expect(nextRelease(NOTHING, 'A', change)).toEqual({ ...change, pinned: false, earlier: [] });
});

describe('what is in force after the announcements', () => {
  const of = (version: string, steps?: readonly string[]): Released => {
    const before = steps && afterSteps(steps);
    return { version, ...(before ? { release: nextRelease(before, version, BY_NOBODY) } : {}) };
  };

  test('before the first one, the stored versions are those to go back to', () => {
    expect(inForceAfter([], ['first', 'other'])).toEqual({ version: null, pinned: false, earlier: ['other', 'first'] });
  });

  test('announcements without a release are put on each other', () => {
    const announced = [of('A'), of('B'), of('A'), of('C')];
    expect(inForceAfter(announced, ['first', 'B', 'A', 'C'])).toEqual({
      version: 'C',
      pinned: false,
      earlier: ['A', 'B', 'first'],
    });
  });

  test('an announcement without a release ends the pin, and the versions before stay', () => {
    const announced = [of('A'), of('C', ['published A', 'pinned A']), of('D')];
    expect(inForceAfter(announced, ['A', 'C', 'D'])).toEqual({ version: 'D', pinned: false, earlier: ['C', 'A'] });
  });

  test('a release tells all, whatever else is stored', () => {
    const announced = [of('A'), of('C', ['published A', 'pinned A'])];
    expect(inForceAfter(announced, ['first', 'A', 'C'])).toEqual({ version: 'C', pinned: true, earlier: ['A'] });
  });
});

test('a recalibration before the first announcement stands for the model that the deployment started from', () => {
  const started = inForceAfter([], ['A']);
  expect(started).toEqual({ version: null, pinned: false, earlier: ['A'] });
  expect(afterSteps(['recalibrated A2'], started).earlier).toEqual([]);
  expect(afterSteps(['recalibrated A2', 'promoted B'], started).earlier).toEqual(['A2']);
});
