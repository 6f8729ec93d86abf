import { reduceLease } from '../../src/delivery/lease-machine';
import {
  type LeaseCommand,
  type LeaseInput,
  type LeaseMachine,
  newLeaseMachine,
} from '../../src/delivery/lease-protocol';
import type { MemberNote } from '../../src/domain/lease';

const SETTINGS = { leaseMs: 1_000, beatMs: 200, graceMs: 5_000, settleMs: 15_000 };
const NOTE: MemberNote = { beats: 1, isAble: true, wants: [] };

/** One member `a`, and a table that the test makes up. */
class Member {
  machine: LeaseMachine = newLeaseMachine('a', 0);
  nowMs = 0;

  give(input: LeaseInput): LeaseCommand[] {
    const [next, commands] = reduceLease(this.machine, input, SETTINGS);
    this.machine = next;
    return commands.filter(({ type }) => type !== 'hurry');
  }

  alive(): LeaseCommand[] {
    return this.give({ type: 'alive', nowMs: this.nowMs });
  }

  join(...partitions: number[]): LeaseCommand[] {
    this.give({ type: 'joining' });
    return this.give({ type: 'joined', partitions });
  }

  /** A beat, answered with these holders. */
  beat(holders: Readonly<Record<number, string>>, wasKnown = true, notes: Readonly<Record<string, MemberNote>> = {}) {
    this.nowMs += 200;
    this.give({ type: 'beat-due' });
    const view = {
      members: new Map(Object.entries({ a: NOTE, b: { ...NOTE, beats: this.nowMs }, ...notes })),
      holders: new Map(Object.entries(holders).map(([p, holder]) => [Number(p), holder])),
    };
    return this.give({ type: 'beat-answered', wasKnown, view, nowMs: this.nowMs });
  }

  fail(): LeaseCommand[] {
    this.give({ type: 'beat-due' });
    return this.give({ type: 'beat-failed' });
  }

  /** The next beat, which gets no answer yet. */
  next() {
    const [command] = this.give({ type: 'beat-due' });
    return command?.type === 'beat' ? command.beat : null;
  }
}

/** It serves 1, as group and table say. */
function serving(): Member {
  const member = new Member();
  member.give({ type: 'connected', up: true });
  member.beat({});
  member.join(1);
  expect(member.beat({ 1: 'a' })).toEqual([{ type: 'serve', partition: 1 }]);
  return member;
}

test('what the group assigns is served once the table names this member', () => {
  const member = new Member();
  member.beat({ 1: 'b' });
  expect(member.join(1)).toEqual([]);
  expect(member.next()).toMatchObject({ takes: [1] });
});

test('what the group moves away is ceased, and given up when it is released', () => {
  const member = serving();
  expect(member.join(2)).toEqual([{ type: 'cease', partition: 1 }]);
  member.give({ type: 'ceased', partition: 1 });
  expect(member.next()).toMatchObject({ frees: [1], takes: [2] });
});

test('a partition that stays is not touched by a join', () => {
  const member = serving();
  expect(member.join(1)).toEqual([]);
  expect(member.beat({ 1: 'a' })).toEqual([]);
});

test('a declared-dead member yields what others hold, and asks for it only after a while', () => {
  const member = serving();
  const yields = [
    { type: 'yielded', partition: 1 },
    { type: 'cease', partition: 1 },
  ];
  expect(member.beat({ 1: 'b' }, false)).toEqual(yields);
  member.give({ type: 'ceased', partition: 1 });
  member.alive();
  member.alive();
  expect(member.next()).toMatchObject({ isFirst: true, takes: [], wants: [] });
  for (let beats = 0; beats < 80; beats++) expect(member.beat({ 1: 'b' })).toEqual([]);
  expect(member.next()).toMatchObject({ takes: [], wants: [1] });
});

test('after it was declared dead, one sign of life of the group is not enough', () => {
  const member = serving();
  member.beat({ 1: 'b' }, false);
  member.alive();
  expect(member.beat({ 1: 'a' })).toEqual([]);
  member.alive();
  expect(member.beat({ 1: 'a' })).toEqual([{ type: 'serve', partition: 1 }]);
});

test('a join that began before it was declared dead takes nothing', () => {
  const member = serving();
  member.give({ type: 'joining' });
  member.beat({ 1: 'b' }, false);
  expect(member.give({ type: 'joined', partitions: [1, 2] })).toEqual([]);
  expect(member.next()).toMatchObject({ takes: [], fills: [] });
});

test('a fenced owner is confirmed by group and table, both after it was fenced', () => {
  const member = serving();
  member.alive();
  member.give({ type: 'unsure', partition: 1, nowMs: member.nowMs });
  expect(member.beat({ 1: 'a' })).toEqual([]);
  expect(member.alive()).toEqual([{ type: 'confirm', partition: 1 }]);
  member.give({ type: 'unsure', partition: 1, nowMs: member.nowMs });
  expect(member.alive()).toEqual([]);
  expect(member.beat({ 1: 'a' })).toEqual([{ type: 'confirm', partition: 1 }]);
});

test('with the table away, the group alone decides, and a fenced owner waits for a while', () => {
  const member = serving();
  member.give({ type: 'unsure', partition: 1, nowMs: member.nowMs });
  expect(member.join(1, 2)).toEqual([]);
  expect(member.fail()).toEqual([]);
  expect(member.fail()).toEqual([{ type: 'serve', partition: 2 }]);
  member.give({ type: 'unsure', partition: 2, nowMs: member.nowMs });
  expect(member.alive()).toEqual([{ type: 'confirm', partition: 1 }]);
  member.nowMs += SETTINGS.settleMs;
  expect(member.alive()).toEqual([{ type: 'confirm', partition: 2 }]);
  // The table must learn of the assignment.
  expect(member.next()).toMatchObject({ takes: [2] });
});

test('hands back what another one, to which the group assigned it, asks for', () => {
  const member = serving();
  member.give({ type: 'taken', asked: [5], partitions: [5] });
  const wants = { b: { ...NOTE, beats: 99, wants: [1, 5] } };
  expect(member.beat({ 1: 'a', 5: 'a' }, true, wants)).toEqual([
    { type: 'handed-back', partition: 5, to: 'b' },
    { type: 'cease', partition: 5 },
  ]);
  expect(member.beat({ 1: 'a', 5: 'a' }, true, wants)).toEqual([]);
  member.give({ type: 'ceased', partition: 5 });
  expect(member.next()).toMatchObject({ gives: [{ partition: 5, to: 'b' }], fills: [1] });
});

test('takes a silent member over once, and serves what it got', () => {
  const member = serving();
  const dead = { dead: NOTE };
  const commands = Array.from({ length: 6 }, () =>
    member.beat({ 1: 'a', 2: 'dead' }, true, { ...dead, b: { ...NOTE, isAble: false } }),
  );
  const take = { member: 'a', from: 'dead', seen: NOTE, partitions: [2] };
  expect(commands.flat()).toEqual([{ type: 'take', take }]);
  expect(member.give({ type: 'taken', asked: [2], partitions: [2] })).toEqual([
    { type: 'took-over', partitions: [2] },
    { type: 'serve', partition: 2 },
  ]);
});

test('a take-over whose answer was lost is found in the table', () => {
  const member = serving();
  member.give({ type: 'taken', asked: [2], partitions: null });
  expect(member.beat({ 1: 'a', 2: 'a' })).toEqual([
    { type: 'took-over', partitions: [2] },
    { type: 'serve', partition: 2 },
  ]);
});

test('a member that stops ceases everything, takes nothing, and keeps its leases until then', () => {
  const member = serving();
  expect(member.give({ type: 'stopping' })).toEqual([{ type: 'cease', partition: 1 }]);
  expect(member.next()).toMatchObject({ isAble: false, frees: [] });
  member.give({ type: 'beat-failed' });
  member.give({ type: 'ceased', partition: 1 });
  expect(member.next()).toMatchObject({ frees: [1] });
});
