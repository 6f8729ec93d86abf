import { reduceLease } from '../../../src/delivery/lease-machine';
import type { LeaseInput, LeaseMachine } from '../../../src/delivery/lease-protocol';
import type { LeaseFault } from './lease-schedule';
import type { LawBroken, LeaseVariant } from './lease-world';

export interface LeaseMutant {
  readonly shows: LawBroken;
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
    takenOut: 'who was fenced waits until the table, too, names it as the holder',
    faults: ['cut-off'],
    variant: onInput('alive', ({ doubts }) => ({
      doubts: new Map([...doubts].map(([p, doubt]) => [p, { ...doubt, isLeaseSeen: true }])),
    })),
  },
  'old-answer-confirms': {
    shows: 'owned in turn',
    takenOut: 'the beat that confirms was sent after the fencing',
    faults: ['slow-table', 'start', 'stop'],
    variant: onInput('beat-answered', ({ sent, doubts }) => ({
      sent: sent === null ? null : { ...sent, doubted: new Set(doubts.keys()) },
    })),
  },
  'one-failure-is-away': {
    shows: 'owned in turn',
    takenOut: 'one beat without an answer does not prove that the table is away',
    faults: ['pause-in-join'],
    variant: onInput('beat-failed', ({ failures }) => ({ failures: failures + 1 })),
  },
  'away-confirms-at-once': {
    shows: 'owned in turn',
    takenOut: 'while the table is away, who was fenced waits for a while',
    faults: ['cut-off'],
    variant: onInput('alive', ({ doubts }) => ({
      doubts: new Map([...doubts].map(([p, doubt]) => [p, { ...doubt, sinceMs: Number.NEGATIVE_INFINITY }])),
    })),
  },
  'gaps-count-in-full': {
    shows: 'taken though not silent',
    takenOut: 'between two answers at most two intervals count as silence of others',
    faults: ['pause', 'restart'],
    variant: { settings: { beatMs: 800 } },
  },
  'note-unchecked': {
    shows: 'taken though not silent',
    takenOut: 'a member that has beaten since it was seen is not taken over',
    faults: ['pause', 'slow-table'],
    variant: { noteUnchecked: true },
  },
  'no-grace': {
    shows: 'taken though not silent',
    takenOut: 'after the table was away, its clients may come back one by one',
    faults: ['table-away'],
    variant: { settings: { graceMs: 0 } },
  },
  'stale-join-taken': {
    shows: 'took what the group had given to another',
    takenOut: 'a join that began before the member was declared dead takes nothing',
    faults: ['pause-in-join'],
    variant: { deathForgotten: true, ...onInput('joined', ({ session }) => ({ joiningIn: session })) },
  },
  'zombie-serves-on': {
    shows: 'served by none or two',
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
    takenOut: 'a member that was silent must live for a while before it gets its partitions back',
    faults: ['pause'],
    variant: { settings: { settleMs: 0 } },
  },
  'any-holder-taken': {
    shows: 'taken again too soon',
    takenOut: 'a take-over takes what the silent member still holds',
    faults: ['kill', 'pause', 'restart'],
    variant: { holderUnchecked: true },
  },
  'lost-take-forgotten': {
    shows: 'served by none or two',
    takenOut: 'a take-over whose answer was lost is noticed in the next answer',
    faults: ['lossy-table', 'pause'],
    variant: changed((machine, input) => [machine, input.type === 'taken' ? { ...input, asked: [] } : input]),
  },
  'early-sign-of-life': {
    shows: 'owned in turn',
    takenOut: 'after it was declared dead, the first sign of life of the group may be an old one',
    faults: ['pause-in-join', 'pause'],
    variant: onInput('alive', ({ signsOfLife }) => ({ signsOfLife: Math.max(1, signsOfLife) })),
  },
  'takes-not-owed': {
    shows: 'owned in turn',
    takenOut: 'what was served while the table was away is taken once it is back',
    faults: ['table-away', 'cut-off', 'start', 'stop'],
    variant: onInput('beat-due', ({ starting, serving }) => ({
      starting: new Set([...starting].filter((p) => !serving.has(p))),
    })),
  },
} as const satisfies Record<string, LeaseMutant>;
