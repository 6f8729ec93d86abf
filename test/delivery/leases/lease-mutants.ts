import { reduceLease } from '../../../src/delivery/lease-machine';
import type { LeaseInput, LeaseMachine } from '../../../src/delivery/lease-protocol';
import type { LeaseFault } from './lease-schedule';
import type { LawBroken, LeaseVariant } from './lease-world';

export interface LeaseMutant {
  readonly shows: LawBroken;
  /** A seed that shows it, tried first. */
  readonly seenAt?: number;
  readonly takenOut: string;
  readonly faults: readonly LeaseFault[];
  readonly variant: Partial<LeaseVariant>;
}

/** The machine with its state or its input changed before each step. */
function changed(
  change: (machine: LeaseMachine, input: LeaseInput) => [LeaseMachine, LeaseInput],
): Partial<LeaseVariant> {
  return { reduce: (machine, input, settings) => reduceLease(...change(machine, input), settings) };
}

const onInput = (type: LeaseInput['type'], change: (machine: LeaseMachine) => Partial<LeaseMachine>) =>
  changed((machine, input) => [input.type === type ? { ...machine, ...change(machine) } : machine, input]);

/** Each mutant removes one guard. `shows` is the law that breaks. */
export const LEASE_MUTANTS = {
  'group-alone-confirms': {
    shows: 'owned in turn',
    seenAt: 4,
    takenOut: 'who was fenced waits until the table, too, names it as the holder',
    faults: ['cut-off'],
    variant: onInput('alive', ({ doubts }) => ({
      doubts: new Map([...doubts].map(([p, doubt]) => [p, { ...doubt, isLeaseSeen: true }])),
    })),
  },
  'one-failure-is-away': {
    shows: 'took what the group had given to another',
    seenAt: 17,
    takenOut: 'one beat without an answer does not prove that the table is away',
    faults: ['pause-in-join'],
    variant: onInput('beat-failed', ({ failures }) => ({ failures: failures + 1 })),
  },
  'away-confirms-at-once': {
    shows: 'owned in turn',
    seenAt: 4,
    takenOut: 'while the table is away, who was fenced waits for a while',
    faults: ['cut-off'],
    variant: onInput('alive', ({ doubts }) => ({
      doubts: new Map([...doubts].map(([p, doubt]) => [p, { ...doubt, sinceMs: Number.NEGATIVE_INFINITY }])),
    })),
  },
  'note-unchecked': {
    shows: 'taken though not silent',
    seenAt: 82,
    takenOut: 'a member that has beaten since it was seen is not taken over',
    faults: ['pause', 'slow-table'],
    variant: { noteUnchecked: true },
  },
  'no-grace': {
    shows: 'taken though not silent',
    seenAt: 5,
    takenOut: 'after the table was away, its clients may come back one by one',
    faults: ['table-away'],
    variant: { settings: { graceMs: 0 } },
  },
  'stale-join-taken': {
    shows: 'took what the group had given to another',
    seenAt: 1,
    takenOut: 'a join that began before the member was declared dead takes nothing',
    faults: ['pause-in-join'],
    variant: { deathForgotten: true, ...onInput('joined', ({ session }) => ({ joiningIn: session })) },
  },
  'zombie-serves-on': {
    shows: 'served by none or two',
    seenAt: 2,
    takenOut: 'a member that finds another holder yields',
    faults: ['pause'],
    variant: changed((machine, input) => {
      if (input.type !== 'beat-answered') return [machine, input];
      const holders = [...input.view.holders].filter(([p]) => !machine.serving.has(p));
      return [machine, { ...input, view: { ...input.view, holders: new Map(holders) } }];
    }),
  },
  'never-handed-back': {
    shows: 'served by none or two',
    seenAt: 2,
    takenOut: 'the holder hands a partition back to the member that the group assigned it to',
    faults: ['pause'],
    variant: changed((machine, input) => {
      if (input.type !== 'beat-answered') return [machine, input];
      const members = new Map([...input.view.members].map(([name, note]) => [name, { ...note, wants: [] }]));
      return [machine, { ...input, view: { ...input.view, members } }];
    }),
  },
  'handed-back-at-once': {
    shows: 'taken again too soon',
    seenAt: 10,
    takenOut: 'a member that was silent must live for a while before it gets its partitions back',
    faults: ['pause'],
    variant: { settings: { settleMs: 0 } },
  },
  'idle-not-declared-dead': {
    shows: 'took what the group had given to another',
    takenOut: 'a silent member that holds nothing is declared dead, too',
    faults: ['pause-in-join'],
    variant: changed((machine, input) => {
      if (input.type !== 'beat-answered') return [machine, input];
      const { members, holders } = input.view;
      const holding = new Set([...holders.values(), machine.member]);
      const known = new Map([...members].filter(([name]) => holding.has(name)));
      return [machine, { ...input, view: { ...input.view, members: known } }];
    }),
  },
  'first-beat-repeated': {
    shows: 'took what the group had given to another',
    seenAt: 50,
    takenOut: 'a first beat that is sent again begins a session',
    faults: ['pause-in-join'],
    variant: changed((machine, input) => [
      input.type === 'beat-answered' && machine.sent?.isFirst ? { ...machine, failures: 0 } : machine,
      input,
    ]),
  },
  'takes-not-owed': {
    shows: 'owned in turn',
    seenAt: 10,
    takenOut: 'what was served while the table was away is taken once it is back',
    faults: ['table-away', 'cut-off', 'start', 'stop'],
    variant: onInput('beat-due', ({ starting, serving }) => ({
      starting: new Set([...starting].filter((p) => !serving.has(p))),
    })),
  },
} as const satisfies Record<string, LeaseMutant>;
