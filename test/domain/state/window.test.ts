import { mulberry32 } from '../../../src/domain/math/random';
import {
  compareEvents,
  emptyWindow,
  insertIntoWindow,
  type KeptEvent,
  moveStart,
  type WindowStart,
} from '../../../src/domain/state/window';
import { testSeed } from '../../support/seeded';

const ORDER = 0;
const CLICK = 3;
const BROWSE = 4;

function kept(timeS: number, offset: number, kind = ORDER, topic = 0): KeptEvent {
  return { timeS, topic, offset, kind, amountMinor: 100, items: 1, dwellS: 0, stars: 0, voided: 0 };
}

describe('the kept window', () => {
  test('appends in order and inserts a late event where it belongs', () => {
    const window = emptyWindow();
    expect(insertIntoWindow(window, kept(100, 1))).toBe('appended');
    expect(insertIntoWindow(window, kept(300, 2))).toBe('appended');
    expect(insertIntoWindow(window, kept(200, 3))).toBe('inserted');
    expect(window.events.map((event) => event.timeS)).toEqual([100, 200, 300]);
  });

  test('drops the oldest n at 2n and freezes what the steps need of them', () => {
    const window = emptyWindow();
    for (let i = 0; i < 4; i++) insertIntoWindow(window, kept(100 * (i + 1), i));
    expect(moveStart(window, 2)).toBe(true);
    expect(window.events.map((event) => event.timeS)).toEqual([300, 400]);
    expect(window.start).toEqual<WindowStart>({
      firstSeenS: 100,
      lastOrderS: 200,
      timeS: 200,
      topic: 0,
      offset: 1,
      clickBucket: -1,
      browseBucket: -1,
      voided: 0,
      voidedMinor: 0,
    });
    expect(insertIntoWindow(window, kept(150, 9))).toBe('too-late');
    expect(window.events).toHaveLength(2);
  });

  test('makes one step of a burst, whatever the order of arrival', () => {
    const burst = [kept(900, 1, BROWSE, 2), kept(950, 2, BROWSE, 2), kept(1000, 3, BROWSE, 2)];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const window = emptyWindow();
      for (const i of order) expect(insertIntoWindow(window, burst[i]!)).not.toBe('too-late');
      expect(window.events).toEqual([burst[0]]);
    }
  });

  test('coalesces the rest of a burst whose first event lies before the window start', () => {
    const window = emptyWindow();
    insertIntoWindow(window, kept(900, 1, CLICK, 1));
    insertIntoWindow(window, kept(910, 2));
    moveStart(window, 1);
    expect(insertIntoWindow(window, kept(1000, 3, CLICK, 1))).toBe('coalesced');
  });

  test('law: without events from before the window start, the window depends on the set of events, not on their order', () => {
    const seed = testSeed();
    const random = mulberry32(seed);
    for (let round = 0; round < 300; round++) {
      const n = 2 + Math.floor(random() * 6);
      const count = Math.floor(random() * 60);
      const events = Array.from({ length: count }, (_, i) => {
        const kind = [ORDER, CLICK, BROWSE][Math.floor(random() * 3)]!;
        return kept(Math.floor(random() * 20_000), i, kind, kind === ORDER ? 0 : kind - 2);
      });
      const sorted = [...events].sort(compareEvents);
      const inOrder = emptyWindow();
      for (const event of sorted) {
        insertIntoWindow(inOrder, event);
        moveStart(inOrder, n);
      }
      // A shuffle that keeps every event within n places of its own, so that nothing falls before the window start.
      const shuffled = sorted
        .map((event, i) => ({ event, at: i + random() * Math.max(0, n - 1) }))
        .sort((a, b) => a.at - b.at)
        .map(({ event }) => event);
      const outOfOrder = emptyWindow();
      let behind = 0;
      for (const event of shuffled) {
        if (insertIntoWindow(outOfOrder, event) === 'too-late') behind++;
        moveStart(outOfOrder, n);
      }
      if (behind > 0) continue;
      expect({ seed, round, window: outOfOrder }).toEqual({ seed, round, window: inOrder });
    }
  });
});
