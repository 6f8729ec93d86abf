import { heirs, newWatch, silentMembers, type Watch, watched } from '../../src/delivery/lease-watch';
import type { LeaseView, MemberNote } from '../../src/domain/lease';
import { seeded, testSeed } from '../support/seeded';

const SETTINGS = { leaseMs: 1_000, beatMs: 200, graceMs: 5_000 };

const note = (beats: number, isAble = true): MemberNote => ({ beats, isAble, wants: [] });

function viewOf(
  members: Readonly<Record<string, MemberNote>>,
  holders: Readonly<Record<number, string>> = {},
): LeaseView {
  return {
    members: new Map(Object.entries(members)),
    holders: new Map(Object.entries(holders).map(([p, holder]) => [Number(p), holder])),
  };
}

/** Answers at these times; the entry of `b` has these beats. */
function watching(answers: readonly (readonly [atMs: number, beats: number, failed?: boolean])[]): Watch {
  return answers.reduce(
    (watch, [atMs, beats, failed = false]) =>
      watched(watch, viewOf({ a: note(1), b: note(beats) }), atMs, failed, SETTINGS),
    newWatch,
  );
}

const isSilent = (watch: Watch) => silentMembers(watch, 'a', SETTINGS.leaseMs).has('b');

describe('silence', () => {
  const steady = [0, 200, 400, 600, 800].map((atMs) => [atMs, 5] as const);

  test('a member is silent once its entry has not changed for a lease', () => {
    expect(isSilent(watching(steady))).toBe(false);
    expect(isSilent(watching([...steady, [1_000, 5]]))).toBe(true);
    expect(isSilent(watching([...steady, [1_000, 6]]))).toBe(false);
  });

  test('this member itself is never silent', () => {
    expect([...silentMembers(watching([...steady, [1_000, 6]]), 'b', SETTINGS.leaseMs)]).toEqual(['a']);
  });

  test('a long gap between two answers counts as two intervals', () => {
    expect(isSilent(watching([...steady.slice(0, 2), [1_100, 5]]))).toBe(false);
    expect(isSilent(watching([...steady.slice(0, 2), [1_100, 5], [1_300, 5], [1_500, 5]]))).toBe(true);
  });

  test('after this member was away, the others get time to come back', () => {
    for (const away of [
      [4_000, 5],
      [1_000, 5, true],
    ] as const) {
      const back = [...steady, away];
      const answers = (untilMs: number) =>
        Array.from({ length: untilMs / 200 }, (_, i) => [away[0] + 200 * (i + 1), 5] as const);
      expect(isSilent(watching([...back, ...answers(5_800)]))).toBe(false);
      expect(isSilent(watching([...back, ...answers(6_000)]))).toBe(true);
      expect(
        isSilent(watching([...back, [away[0] + 200, 6], ...answers(1_000).map(([at]) => [at + 200, 6] as const)])),
      ).toBe(true);
    }
  });
});

describe('heirs', () => {
  test('each partition goes to the live member with the fewest, and only to one that reaches the log', () => {
    const view = viewOf(
      { a: note(1), b: note(1), c: note(1, false), dead: note(1) },
      { 0: 'dead', 1: 'dead', 2: 'dead', 3: 'a', 4: 'a', 5: 'c' },
    );
    expect(heirs(view, new Set(['dead']))).toEqual([
      { partition: 0, from: 'dead', to: 'b' },
      { partition: 1, from: 'dead', to: 'b' },
      { partition: 2, from: 'dead', to: 'a' },
    ]);
  });

  test('what a member without an entry holds is an orphan, too', () => {
    expect(heirs(viewOf({ a: note(1) }, { 0: 'gone', 1: 'a' }), new Set())).toEqual([
      { partition: 0, from: 'gone', to: 'a' },
    ]);
  });

  test('without a live member, nobody inherits', () => {
    expect(heirs(viewOf({ dead: note(1) }, { 0: 'dead' }), new Set(['dead']))).toEqual([]);
  });

  const seed = testSeed();
  const { next: random } = seeded(seed);
  test(`law: every orphan has one heir, and nobody gets more than one above the fewest (CLV_TEST_SEED=${seed})`, () => {
    for (let run = 0; run < 300; run++) {
      const names = Array.from({ length: 2 + Math.floor(random() * 4) }, (_, i) => `m${i}`);
      const silent = new Set(names.slice(1).filter(() => random() < 0.4));
      const holders = Object.fromEntries(
        Array.from({ length: 24 }, (_, p) => [p, names[Math.floor(random() * names.length)]!]),
      );
      const view = viewOf(Object.fromEntries(names.map((name) => [name, note(1)])), holders);
      const found = heirs(view, silent);
      const orphans = Object.entries(holders).filter(([, holder]) => silent.has(holder));
      expect(found.map(({ partition }) => partition)).toEqual(orphans.map(([p]) => Number(p)));
      const live = names.filter((name) => !silent.has(name));
      const before = new Map(live.map((name) => [name, [...view.holders.values()].filter((h) => h === name).length]));
      const after = new Map(
        live.map((name) => [name, before.get(name)! + found.filter(({ to }) => to === name).length]),
      );
      const fewest = Math.min(...after.values());
      for (const name of live) expect(after.get(name)! <= Math.max(before.get(name)!, fewest + 1)).toBe(true);
    }
  });
});
