import { DEFAULT_MACHINE_SETTINGS, type MachineSettings } from '../../../src/delivery/partition-machine';
import type { Random } from '../../../src/domain/math/random';
import { below, chance, pick } from './dice';
import { InputLogs } from './input-logs';
import { Network } from './network';
import { SimulatedKafka, type TransactionVersion } from './simulated-kafka';
import { SimulatedRedis } from './simulated-redis';
import type { Variant } from './variants';

/** The kinds of fault that a schedule may contain. */
export const FAULTS = [
  'rebalance',
  'crash',
  'zombies',
  'lossy-network',
  'roll-back',
  'torn-commits',
  'state-lost',
  'late-offsets',
  'stale-reads',
  'stalls',
  'defect',
  'stale-offsets',
  'both-killed',
  'moved-offsets',
  'aborted-offsets',
  'old-version',
  'transaction-version',
] as const;
export type Fault = (typeof FAULTS)[number];

/**
 * Faults that exclude each other, because no witness can decide between them.
 * Without a state, offsets that a person moved forward mean that there was one.
 * A version without header and mark follows stale offsets and those of aborted transactions. Its merged updates name only their source, and
 * it does not count the commits that it begins.
 */
const EXCLUDES: Partial<Record<Fault, readonly Fault[]>> = {
  'moved-offsets': ['roll-back', 'torn-commits', 'state-lost', 'stale-reads', 'both-killed', 'old-version'],
  'old-version': ['stale-offsets', 'both-killed', 'aborted-offsets', 'torn-commits'],
};
/** These exclude others, so they are drawn less often. */
const SHARE: Partial<Record<Fault, number>> = { 'moved-offsets': 0.25, 'old-version': 0.25 };

/** About half of the faults, without those that exclude each other. */
export function drawFaults(random: Random): ReadonlySet<Fault> {
  const drawn = new Set(FAULTS.filter((fault) => chance(random, SHARE[fault] ?? 0.5)));
  for (const [fault, others] of Object.entries(EXCLUDES) as [Fault, readonly Fault[]][]) {
    if (drawn.has(fault)) for (const other of others) drawn.delete(other);
  }
  return drawn;
}

/** None, some of the customers, or all of them. */
const CACHED_STATES = [0, 2, Number.POSITIVE_INFINITY];

/** Shared by all workers. */
export interface World {
  readonly random: Random;
  readonly logs: InputLogs;
  readonly redis: SimulatedRedis;
  readonly kafka: SimulatedKafka;
  readonly network: Network;
  readonly variant: Variant;
  readonly settings: MachineSettings;
  /** One update per customer and micro-batch. */
  readonly coalesces: boolean;
  /** States that a worker may hold in memory. */
  readonly cachedStates: number;
  /** Share of reads answered by a lagging replica or a replaced master. */
  staleReads: number;
  /** Share of effects that take long. */
  stalls: number;
  readonly facts: Facts;
  trace(line: () => string): void;
  newCommitId(): string;
}

/** Events of the run, for the verdict, and to prove that the schedules contain their faults. */
export interface Facts {
  readonly alarms: string[];
  /** Reasons for which the group's offsets were not followed. */
  readonly overruled: string[];
  actedAfterRelease: boolean;
  fencedByStore: number;
  published: number;
  resent: number;
  staleReads: number;
  overlapped: number;
  stalled: number;
  /** Folds of states that were all in memory, and of some that were. */
  heldOnly: number;
  heldInPart: number;
}

/** Sets up the faults that are always active. The others occur at steps of the schedule. */
export function createWorld(
  seed: number,
  random: Random,
  variant: Variant,
  faults: ReadonlySet<Fault>,
  trace?: (line: string) => void,
): World {
  let commitIds = 0;
  const drawn: TransactionVersion = chance(random, 0.5) ? 2 : 1;
  return {
    random,
    variant,
    logs: new InputLogs(random),
    redis: new SimulatedRedis(variant),
    kafka: new SimulatedKafka(
      variant,
      variant.transactions ?? drawn,
      faults.has('late-offsets'),
      () => faults.has('aborted-offsets') && chance(random, 0.5),
    ),
    network: new Network(random, faults.has('lossy-network') ? pick(random, [0.03, 0.08, 0.2]) : 0),
    settings: {
      ...DEFAULT_MACHINE_SETTINGS,
      onStateLost: 'continue',
      onOffsetsExpired: 'continue',
      onLogLost: 'continue',
      maxOutbox: 1 + below(random, 3),
    },
    coalesces: chance(random, 0.3),
    cachedStates: CACHED_STATES[seed % CACHED_STATES.length]!,
    staleReads: faults.has('stale-reads') ? 0.08 : 0,
    stalls: faults.has('stalls') ? pick(random, [0.1, 0.3]) : 0,
    facts: {
      alarms: [],
      overruled: [],
      actedAfterRelease: false,
      fencedByStore: 0,
      published: 0,
      resent: 0,
      staleReads: 0,
      overlapped: 0,
      stalled: 0,
      heldOnly: 0,
      heldInPart: 0,
    },
    trace: trace === undefined ? () => undefined : (line) => trace(line()),
    newCommitId: () => `c${++commitIds}`,
  };
}

/** From here on nothing fails any more. Late requests still arrive. */
export function heal(world: World): void {
  world.network.heal();
  world.staleReads = 0;
  world.stalls = 0;
  world.logs.appendAll();
  world.trace(() => 'HEALTHY from here on');
}
