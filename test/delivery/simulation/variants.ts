import { type Command, type Input, type Machine, reduce } from '../../../src/delivery/partition-machine';
import type { OutputRecord } from './light-fold';
import type { TransactionVersion } from './simulated-kafka';

export type SimulatedMachine = Machine<OutputRecord>;
export type SimulatedInput = Input<OutputRecord>;
export type SimulatedCommand = Command<OutputRecord>;
export type Reducer = typeof reduce<OutputRecord>;

/** The world and the protocol with something removed. In the real one, every switch is off. */
export interface Variant {
  readonly reduce: Reducer;
  readonly noCommitChainCheck?: boolean;
  readonly noResendCheck?: boolean;
  readonly noEpoch?: boolean;
  readonly noOutbox?: boolean;
  readonly tornUnseen?: boolean;
  readonly trimUnmarked?: boolean;
  readonly noProducerFencing?: boolean;
  readonly offsetsBeforeInit?: boolean;
  readonly noSentinel?: boolean;
  readonly endRetried?: boolean;
  readonly endWithoutEpoch?: boolean;
  /** The version in which the cluster begins. If absent, either. */
  readonly transactions?: TransactionVersion;
  readonly publishRetried?: boolean;
  readonly producerTakenLate?: boolean;
  readonly statesUnchecked?: boolean;
  readonly noPosition?: boolean;
  readonly refoldsBehind?: boolean;
  readonly anyOrder?: boolean;
  readonly noTail?: boolean;
  readonly updatesTailOnly?: boolean;
  readonly sourcesOnly?: boolean;
  readonly cacheKept?: boolean;
  readonly cacheMixed?: boolean;
  readonly cacheLate?: boolean;
}

interface Change {
  readonly input?: (input: SimulatedInput, machine: SimulatedMachine) => SimulatedInput | null;
  readonly commands?: (
    commands: readonly SimulatedCommand[],
    after: SimulatedMachine,
    input: SimulatedInput,
  ) => readonly SimulatedCommand[];
}

/** The reducer with its inputs or its commands changed. */
export function changed(change: Change): Reducer {
  return (machine, input, settings) => {
    const taken = change.input === undefined ? input : change.input(input, machine);
    if (taken === null) return [machine, []];
    const [next, commands] = reduce(machine, taken, settings);
    return [next, change.commands === undefined ? commands : change.commands(commands, next, input)];
  };
}

/** A reducer that treats itself as confirmed by the group on each of these inputs. */
export function confirmedBy(...types: readonly SimulatedInput['type'][]): Reducer {
  return (machine, input, settings) => {
    const [next, commands] = reduce(machine, input, settings);
    if (next.phase !== 'unconfirmed' || !types.includes(input.type)) return [next, commands];
    const [confirmed, more] = reduce(next, { type: 'confirmed' }, settings);
    return [confirmed, [...commands, ...more]];
  };
}

export const zeros = (vector: readonly number[]): number[] => vector.map(() => 0);

export const withoutEmitted = changed({
  input: (input) => {
    if (input.type === 'owned') return { ...input, emitted: input.emitted && zeros(input.emitted) };
    if (input.type !== 'claimed' || input.claim.meta === null) return input;
    const meta = { ...input.claim.meta, published: zeros(input.claim.meta.published) };
    return { ...input, claim: { ...input.claim, meta } };
  },
});

export const trimmedFirst = changed({
  commands: (commands, { publishing }) =>
    commands.flatMap((command): readonly SimulatedCommand[] => {
      if (command.type !== 'publish' || !publishing?.commitId) return [command];
      return [{ type: 'trim', commitId: publishing.commitId, published: [] }, command];
    }),
});

export const startsAtLogStart = changed({
  commands: (commands, { owesEmitted }, input) =>
    commands.map((command) =>
      command.type === 'publish' && owesEmitted && input.type === 'claimed'
        ? { ...command, emitted: input.logStart }
        : command,
    ),
});

export function answersTaken(
  type: 'commit-answered' | 'publish-answered',
  outcome: string,
  as: 'committed' | 'published',
) {
  return changed({
    input: (input) =>
      input.type === type && input.outcome === outcome ? ({ ...input, outcome: as } as SimulatedInput) : input,
  });
}

export const ignoring = (ignored: (input: SimulatedInput) => boolean): Reducer =>
  changed({ input: (input) => (ignored(input) ? null : input) });

/** The emitted offsets of the tail alone, if there is one. A topic that the newest records don't cover counts as zero. */
export const tailAlone = changed({
  input: (input) => (input.type === 'owned' && input.tail !== null ? { ...input, emitted: input.tail.emitted } : input),
});

export const readOnce: Reducer = (machine, input, settings) => reduce(machine, input, { ...settings, emittedReads: 0 });

/** The marks do not show whether records went with the offsets. */
export const withoutRecords = changed({
  input: (input) => (input.type === 'owned' || input.type === 'emitted-read' ? { ...input, withRecords: [] } : input),
});

export function marking(unmarked: (topics: number) => readonly number[]): Reducer {
  return changed({
    input: (input) =>
      input.type === 'owned' || input.type === 'emitted-read'
        ? { ...input, unmarked: unmarked(input.emitted?.length ?? 0) }
        : input,
  });
}

/** What a mutant must show within its schedules. */
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
