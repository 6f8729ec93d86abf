import { type Command, type Input, type Machine, reduce } from '../../../src/delivery/partition-machine';
import type { OutputRecord } from './light-fold';
import type { Fault } from './world';

export type SimulatedMachine = Machine<OutputRecord>;
export type SimulatedInput = Input<OutputRecord>;
export type SimulatedCommand = Command<OutputRecord>;
export type Reducer = typeof reduce<OutputRecord>;

/** The world and the protocol with something taken out. Every switch is off in the real one. */
export interface Variant {
  readonly reduce: Reducer;
  readonly noLineageCheck?: boolean;
  readonly noResendCheck?: boolean;
  readonly noEpoch?: boolean;
  readonly noOutbox?: boolean;
  readonly noProducerFencing?: boolean;
  readonly offsetsBeforeInit?: boolean;
  readonly noSentinel?: boolean;
  readonly endRetried?: boolean;
  readonly publishRetried?: boolean;
  readonly producerTakenLate?: boolean;
  readonly statesUnchecked?: boolean;
  readonly noPosition?: boolean;
  readonly refoldsBehind?: boolean;
  readonly anyOrder?: boolean;
}

interface Change {
  readonly input?: (input: SimulatedInput, machine: SimulatedMachine) => SimulatedInput | null;
  readonly commands?: (
    commands: readonly SimulatedCommand[],
    after: SimulatedMachine,
    input: SimulatedInput,
  ) => readonly SimulatedCommand[];
}

/** The reducer with its inputs changed on the way in, or its commands on the way out. */
function changed(change: Change): Reducer {
  return (machine, input, settings) => {
    const taken = change.input === undefined ? input : change.input(input, machine);
    if (taken === null) return [machine, []];
    const [next, commands] = reduce(machine, taken, settings);
    return [next, change.commands === undefined ? commands : change.commands(commands, next, input)];
  };
}

/** The reducer that takes itself for confirmed by the group at once, where the input is one of these. */
function confirmedBy(...types: readonly SimulatedInput['type'][]): Reducer {
  return (machine, input, settings) => {
    const [next, commands] = reduce(machine, input, settings);
    if (next.phase !== 'unconfirmed' || !types.includes(input.type)) return [next, commands];
    const [confirmed, more] = reduce(next, { type: 'confirmed' }, settings);
    return [confirmed, [...commands, ...more]];
  };
}

const zeros = (vector: readonly number[]): number[] => vector.map(() => 0);

const withoutEmitted = changed({
  input: (input) => {
    if (input.type === 'owned') return { ...input, emitted: input.emitted && zeros(input.emitted) };
    if (input.type !== 'claimed' || input.claim.meta === null) return input;
    const meta = { ...input.claim.meta, published: zeros(input.claim.meta.published) };
    return { ...input, claim: { ...input.claim, meta } };
  },
});

const trimmedFirst = changed({
  commands: (commands, { publishing }) =>
    commands.flatMap((command): readonly SimulatedCommand[] => {
      if (command.type !== 'publish' || !publishing?.cid) return [command];
      return [{ type: 'trim', cid: publishing.cid, published: [] }, command];
    }),
});

const startsAtLogStart = changed({
  commands: (commands, { owesEmitted }, input) =>
    commands.map((command) =>
      command.type === 'publish' && owesEmitted && input.type === 'claimed'
        ? { ...command, emitted: input.logStart }
        : command,
    ),
});

function answersTaken(type: 'commit-answered' | 'publish-answered', outcome: string, as: 'committed' | 'published') {
  return changed({
    input: (input) =>
      input.type === type && input.outcome === outcome ? ({ ...input, outcome: as } as SimulatedInput) : input,
  });
}

const ignoring = (ignored: (input: SimulatedInput) => boolean): Reducer =>
  changed({ input: (input) => (ignored(input) ? null : input) });

/** What a mutant must show within the schedules it is given. */
export type Violation =
  | 'missing'
  | 'doubled'
  | 'wrong outcome'
  | 'reordered'
  | 'folded wrong'
  | 'count wrong'
  | 'lacks what was shown'
  | 'false alarm'
  | 'acted after release'
  | 'owner refused'
  | 'no end';

interface Mutant {
  readonly shows: Violation;
  readonly takenOut: string;
  /** Faults that make it likely; a random half where absent. */
  readonly faults?: readonly Fault[];
  readonly variant: Partial<Variant>;
}

/** Each takes out one guard; `shows` is what goes wrong without it. */
export const SAFETY_MUTANTS = {
  'no-lineage-check': {
    shows: 'folded wrong',
    takenOut: 'the store compares the lineage id that a commit follows',
    faults: ['zombies', 'roll-back', 'rebalance'],
    variant: { noLineageCheck: true },
  },
  'states-unchecked': {
    shows: 'folded wrong',
    takenOut: 'the machine compares the lineage id that the loaded states stood at',
    variant: { statesUnchecked: true },
  },
  'no-outbox': {
    shows: 'missing',
    takenOut: 'a commit stores its records beside F',
    variant: { noOutbox: true },
  },
  'no-emitted-filter': {
    shows: 'doubled',
    takenOut: 'records below E are not published',
    variant: { reduce: withoutEmitted },
  },
  'offsets-before-init': {
    shows: 'doubled',
    takenOut: 'E is read after the producer is initialised',
    variant: { offsetsBeforeInit: true },
  },
  'no-sentinel': {
    shows: 'doubled',
    takenOut: 'own waits until an offset of its own shows in the group',
    variant: { noSentinel: true },
  },
  'no-producer-fencing': {
    shows: 'doubled',
    takenOut: 'a new producer fences the one before and aborts its transaction',
    variant: { noProducerFencing: true },
  },
  'end-retried': {
    shows: 'missing',
    takenOut: 'the end of a transaction is sent once',
    faults: ['lossy-network', 'crash'],
    variant: { endRetried: true },
  },
  'publish-retried': {
    shows: 'doubled',
    takenOut: 'after an unknown outcome the producer is thrown away',
    variant: { publishRetried: true },
  },
  'producer-taken-late': {
    shows: 'doubled',
    takenOut: 'a publish goes by the producer of its own attempt',
    faults: ['defect', 'crash', 'stalls'],
    variant: { producerTakenLate: true },
  },
  'unknown-publish-taken': {
    shows: 'missing',
    takenOut: 'an unanswered publish is not taken for done',
    variant: { reduce: answersTaken('publish-answered', 'unknown', 'published') },
  },
  'fenced-publish-taken': {
    shows: 'missing',
    takenOut: 'a fenced publish is not taken for done',
    variant: { reduce: answersTaken('publish-answered', 'fenced', 'published') },
  },
  'trimmed-first': {
    shows: 'missing',
    takenOut: 'the outbox is trimmed after its transaction',
    variant: { reduce: trimmedFirst },
  },
  'any-attempt': {
    shows: 'acted after release',
    takenOut: 'answers to an older attempt are ignored',
    variant: {
      reduce: changed({ input: (input, { attempt }) => ('attempt' in input ? { ...input, attempt } : input) }),
    },
  },
  'no-position': {
    shows: 'folded wrong',
    takenOut: 'the source is positioned at F, not at the committed offsets',
    variant: { noPosition: true },
  },
  'refolds-behind': {
    shows: 'folded wrong',
    takenOut: 'the fold skips what is behind F',
    variant: { refoldsBehind: true },
  },
  'any-order': {
    shows: 'lacks what was shown',
    takenOut: 'what E covers is folded again before anything else',
    variant: { anyOrder: true },
  },
  'owes-nothing': {
    shows: 'false alarm',
    takenOut: 'E is written once before anything is committed',
    variant: {
      reduce: (machine, input, settings) =>
        input.type === 'claimed' && machine.phase === 'claiming' && input.claim.meta === null
          ? reduce({ ...machine, emitted: machine.emitted ?? zeros(input.logStart) }, input, settings)
          : reduce(machine, input, settings),
    },
  },
  'no-doubt': {
    shows: 'false alarm',
    takenOut: 'E absent beside a state is read once more before it is called lost',
    faults: ['zombies', 'stalls'],
    variant: { reduce: (machine, input, settings) => reduce({ ...machine, doubtsEmitted: true }, input, settings) },
  },
  'starts-at-log-start': {
    shows: 'false alarm',
    takenOut: 'the first E is zeros, so that any other E says that there was a state',
    variant: { reduce: startsAtLogStart },
  },
  'failure-taken-anywhere': {
    shows: 'acted after release',
    takenOut: 'a failure wakes only an attempt that is under way',
    variant: {
      reduce: (machine, input, settings) =>
        input.type === 'ownership-failed' && input.attempt === machine.attempt
          ? reduce({ ...machine, phase: 'running' }, input, settings)
          : reduce(machine, input, settings),
    },
  },
} as const satisfies Record<string, Mutant>;

/** Without these nothing goes wrong for good; something stands still, or never comes to rest. */
export const PROGRESS_MUTANTS = {
  'no-idle-check': {
    shows: 'folded wrong',
    takenOut: 'an idle owner compares the lineage now and then',
    faults: ['roll-back'],
    variant: { reduce: ignoring((input) => input.type === 'tick') },
  },
  'no-resend': {
    shows: 'missing',
    takenOut: 'a commit of unknown outcome is sent again',
    faults: ['lossy-network', 'stalls'],
    variant: { reduce: ignoring((input) => input.type === 'commit-answered' && input.outcome === 'unknown') },
  },
  'no-confirmation': {
    shows: 'no end',
    takenOut: 'who was fenced waits until the group confirms that p is its own',
    variant: { reduce: confirmedBy('commit-answered', 'publish-answered', 'folded', 'lineage-answered') },
  },
  'no-epoch': {
    shows: 'owner refused',
    takenOut: 'a claim shuts out the commits of older claims',
    faults: ['zombies', 'stalls'],
    variant: { noEpoch: true },
  },
  'no-resend-check': {
    shows: 'owner refused',
    takenOut: 'a commit that is sent again answers as before',
    faults: ['lossy-network'],
    variant: { noResendCheck: true },
  },
} as const satisfies Record<string, Mutant>;

/** Shown by a scripted run in progress.test.ts: a zombie that goes on fencing the owner. */
const SCRIPTED: Record<string, Partial<Variant>> = {
  'idle-check-unconfirmed': { reduce: confirmedBy('lineage-answered') },
};

/** The production reducer in the whole world: 'full'. Throws on a name it does not know. */
export function variantNamed(name: string): Variant {
  const variants = new Map<string, Partial<Variant>>([['full', {}], ...Object.entries(SCRIPTED)]);
  for (const mutants of [SAFETY_MUTANTS, PROGRESS_MUTANTS]) {
    for (const [key, { variant }] of Object.entries(mutants)) variants.set(key, variant);
  }
  const variant = variants.get(name);
  if (variant === undefined) throw new Error(`unknown variant ${name}; one of ${[...variants.keys()].join(', ')}`);
  return { reduce, ...variant };
}
