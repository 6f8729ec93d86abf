import {
  type Command,
  DEFAULT_MACHINE_SETTINGS,
  type Input,
  idleMachine,
  type Machine,
  type MachineSettings,
  type OutputTail,
  reduce,
} from '../../src/delivery/partition-machine';

export interface Numbered {
  readonly n: number;
  readonly covers: readonly number[];
}

export const record = (n: number, topic = 0): Numbered => ({ n, covers: topic === 0 ? [n, -1] : [-1, n] });
export const blob = (commitId: string, folded: readonly number[], ...records: Numbered[]) => ({
  commitId,
  folded,
  records,
});

interface Witness {
  readonly tail?: OutputTail | null;
  readonly unmarked?: readonly number[];
  readonly withRecords?: readonly number[];
}

/** A machine driven by hand: inputs in, commands of the last input out. The attempt defaults to the current one. */
export class Driver {
  machine: Machine<Numbered> = idleMachine();
  commands: readonly Command<Numbered>[] = [];

  constructor(private readonly settings: Partial<MachineSettings> = {}) {}

  give(input: WithoutAttempt | Input<Numbered>): this {
    const full = { attempt: this.machine.attempt, ...input } as Input<Numbered>;
    [this.machine, this.commands] = reduce(this.machine, full, { ...DEFAULT_MACHINE_SETTINGS, ...this.settings });
    return this;
  }

  /** Owner of a partition with these emitted offsets and this state. */
  running(
    emitted: readonly number[] | null = [0, 0],
    claim: { meta?: Meta | null; outbox?: ReturnType<typeof blob>[]; logStart?: readonly number[] } = {},
    witness: Witness = {},
  ): this {
    const { meta = null, outbox = [], logStart = [0, 0] } = claim;
    this.give({ type: 'assigned' }).give(owned(emitted, witness));
    return this.give({ type: 'claimed', claim: { epoch: 7, meta, outbox }, logStart });
  }

  /** Folds one record and sends its commit. */
  folding(commitId: string, folded: readonly number[], ...records: Numbered[]): this {
    return this.give({ type: 'available' }).give({ type: 'folded', commitId, folded, records, more: false });
  }

  get types(): string[] {
    return this.commands.map(({ type }) => type);
  }

  command<T extends Command<Numbered>['type']>(type: T): Extract<Command<Numbered>, { type: T }> {
    const found = this.commands.find((command) => command.type === type);
    if (found === undefined) throw new Error(`no ${type} among ${this.types.join(', ')}`);
    return found as Extract<Command<Numbered>, { type: T }>;
  }
}

/** The answer to a takeover. Without a tail, the output topics were not read. */
export function owned(
  emitted: readonly number[] | null,
  { tail = null, unmarked = [], withRecords = [] }: Witness = {},
) {
  return { type: 'owned' as const, emitted, tail, unmarked, withRecords };
}

type Meta = { commitIds: string[]; folded: readonly number[]; published: readonly number[] };
type OmitAttempt<I> = I extends unknown ? Omit<I, 'attempt'> : never;
type WithoutAttempt = OmitAttempt<Input<Numbered>>;

export const meta = (folded: readonly number[], published: readonly number[] = [0, 0]): Meta => ({
  commitIds: ['m'],
  folded,
  published,
});
