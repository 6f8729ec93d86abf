import type { OutputTail } from '../../../src/delivery/partition-machine';
import { StateCache } from '../../../src/delivery/state-cache';
import { chance } from './dice';
import type { InputRecord } from './input-logs';
import { type Batch, type CustomerState, lightFold } from './light-fold';
import { type Reply, type Task, UNANSWERED } from './network';
import type { Answer, GroupOffsets, Identity, OffsetsMove } from './simulated-kafka';
import { claimFacts, isTorn, newestCommitIdOf, type Snapshot } from './simulated-redis';
import type { SimulatedCommand, SimulatedInput, SimulatedMachine } from './variants';
import type { World } from './world';

/** A transactional producer. The end of a transaction may give it another identity. */
interface Producer {
  identity: Identity;
}

type CommandOf<T extends SimulatedCommand['type']> = Extract<SimulatedCommand, { type: T }>;

interface Loaded {
  readonly commitId: string;
  readonly states: ReadonlyMap<number, CustomerState>;
}

/** The only one. */
const PARTITION = 0;
const MAX_POLLS = 12;
const MAX_ENDS = 4;

/** The effects of one worker, as in services/scorer, against the simulated servers. */
export class WorkerEffects {
  /** null if there is none. */
  private producer: Producer | null = null;
  private batch: Batch | null = null;
  private readonly cache: StateCache<number, CustomerState>;
  /** Every state that this worker committed. */
  private readonly committed = new Map<number, CustomerState>();

  constructor(
    private readonly world: World,
    private readonly machine: () => SimulatedMachine,
    /** A version without header and mark. */
    private readonly isOld: boolean,
  ) {
    this.cache = new StateCache(isOld ? 0 : world.cachedStates, () => 1);
  }

  /** Init the producer, commit a sentinel, poll until it is visible, and only then read the emitted offsets. */
  *own({ attempt }: CommandOf<'own'>): Task<SimulatedInput> {
    const { network, kafka, variant } = this.world;
    const failed = { type: 'ownership-failed', attempt } as const;
    const early = variant.offsetsBeforeInit ? yield* network.call(() => kafka.readOffsets()) : null;
    const identity = yield* network.call(() => kafka.initProducer(this.isOld));
    if (identity === UNANSWERED || early === UNANSWERED) return failed;
    const producer: Producer = { identity };
    const sentinel = identity.epoch;
    if (!variant.noSentinel) {
      const outcome = yield* this.transaction(producer, { sentinel }, []);
      if (outcome !== 'published') return failed;
    }
    for (let poll = 0; poll < MAX_POLLS; poll++) {
      const offsets = yield* network.call(() => kafka.readOffsets());
      if (offsets === UNANSWERED) return failed;
      if (!variant.noSentinel && offsets.sentinel !== sentinel) continue;
      const tail = yield* this.tail();
      if (tail === UNANSWERED || attempt !== this.machine().attempt) return failed;
      this.producer = producer;
      return { type: 'owned', attempt, tail, ...this.seen(early ?? offsets) };
    }
    return failed;
  }

  *readEmitted({ attempt }: CommandOf<'read-emitted'>): Task<SimulatedInput> {
    const { network, kafka } = this.world;
    yield;
    // The back-off is longer than committed offsets take to become visible.
    kafka.settleAll();
    const offsets = yield* network.call(() => kafka.readOffsets());
    const tail = offsets === UNANSWERED ? UNANSWERED : yield* this.tail();
    if (offsets === UNANSWERED || tail === UNANSWERED) return { type: 'ownership-failed', attempt };
    return { type: 'emitted-read', attempt, tail, ...this.seen(offsets) };
  }

  /** Read after the offsets: records that their marks claim must be visible by then. */
  private *tail(): Task<Reply<OutputTail | null>> {
    const { network, kafka, variant, logs } = this.world;
    if (this.isOld || variant.noTail) return null;
    return yield* network.call(() => kafka.tail(logs.topics.length));
  }

  private seen({ emitted, unmarked, withRecords }: GroupOffsets): GroupOffsets {
    return { emitted, unmarked: this.isOld ? [] : unmarked, withRecords: this.isOld ? [] : withRecords };
  }

  *claim({ attempt }: CommandOf<'claim'>): Task<SimulatedInput> {
    const { network, redis, logs } = this.world;
    const stale = this.stale();
    const claim = yield* network.call(() => {
      if (stale === null) return redis.claim(logs.start);
      const facts = claimFacts(stale);
      return { ...facts, epoch: facts.epoch + 1 };
    });
    const isRefused = stale !== null && isTorn(stale);
    if (claim === UNANSWERED || isRefused) return { type: 'ownership-failed', attempt };
    this.begin(claim.meta?.commitIds.at(-1) ?? '');
    return { type: 'claimed', attempt, claim, logStart: logs.start };
  }

  /** Loads the batch's customers in one read, together with their commit id, and folds. */
  *fold(
    { attempt, folded, emitted }: CommandOf<'fold'>,
    items: readonly InputRecord[],
    more: () => boolean,
  ): Task<SimulatedInput | null> {
    const { variant, newCommitId } = this.world;
    const customers = [...new Set(items.filter((item) => !item.poison).map((item) => item.customer))];
    const read = customers.length === 0 ? null : yield* this.load(customers);
    if (read === UNANSWERED) return { type: 'ownership-failed', attempt };
    if (attempt !== this.machine().attempt) return null;
    const loaded = new Map(customers.map((customer) => [customer, read?.states.get(customer) ?? null]));
    this.batch = lightFold(items, loaded, folded, emitted, !variant.refoldsBehind, this.world.coalesces);
    const loadedAt = read === null || variant.statesUnchecked ? {} : { loadedAt: read.commitId };
    const { folded: reached, records } = this.batch;
    return { type: 'folded', attempt, commitId: newCommitId(), ...loadedAt, folded: reached, records, more: more() };
  }

  /** As CachedStateStore: what this worker did not commit itself is read. */
  private *load(customers: readonly number[]): Task<Reply<Loaded>> {
    const { variant, facts } = this.world;
    const { commitId, held, missing } = this.cache.lookUp(PARTITION, customers);
    if (held.size === 0 || commitId === null) return yield* this.read();
    if (missing.length === 0) {
      facts.heldOnly++;
      return { commitId, states: held };
    }
    facts.heldInPart++;
    const read = yield* this.read();
    if (read === UNANSWERED) return read;
    if (read.commitId !== commitId && !variant.cacheMixed) return yield* this.read();
    return { commitId, states: new Map([...read.states, ...held]) };
  }

  private *read(): Task<Reply<Loaded>> {
    const { network, redis } = this.world;
    const stale = this.stale();
    const read = yield* network.call(() => stale ?? redis.current);
    return read === UNANSWERED ? read : { commitId: this.newestCommitId(read), states: read.states };
  }

  private begin(commitId: string): void {
    this.cache.claimed(PARTITION, commitId);
    if (this.world.variant.cacheKept) this.cache.committed(PARTITION, commitId, commitId, this.committed);
  }

  private keep(follows: string, commitId: string, states: Batch['states']): void {
    for (const [customer, state] of states) this.committed.set(customer, state);
    const now = this.cache.lookUp(PARTITION, []).commitId;
    if (this.world.variant.cacheLate && now !== null && now !== follows) {
      this.cache.committed(PARTITION, now, now, states);
    } else this.cache.committed(PARTITION, follows, commitId, states);
  }

  *commit(command: CommandOf<'commit'>): Task<SimulatedInput | null> {
    const { network, redis, facts } = this.world;
    const { attempt, epoch, follows, commitId } = command;
    if (command.resendAfterMs > 0) {
      facts.resent++;
      yield;
    }
    const { batch } = this;
    if (batch === null || attempt !== this.machine().attempt) return null;
    const answer = yield* network.call(() => redis.commit({ ...batch, epoch, follows, commitId }));
    if (answer === 'committed') this.keep(follows, commitId, batch.states);
    return { type: 'commit-answered', attempt, outcome: answer === UNANSWERED ? 'unknown' : answer };
  }

  /** Uses the producer that is current when the command arrives, however late the effect runs. */
  publish(command: CommandOf<'publish'>): Task<SimulatedInput> {
    const { producer } = this;
    return this.publishBy(command, this.world.variant.producerTakenLate ? () => this.producer : () => producer);
  }

  private *publishBy(
    { attempt, records, emitted }: CommandOf<'publish'>,
    taken: () => Producer | null,
  ): Task<SimulatedInput> {
    const { world } = this;
    const producer = taken();
    if (producer === null) return { type: 'publish-answered', attempt, outcome: 'unknown' };
    const move = { emitted, marked: !this.isOld, withRecords: records.length > 0 };
    let outcome = yield* this.transaction(producer, move, records);
    while (outcome === 'unknown' && world.variant.publishRetried && attempt === this.machine().attempt) {
      outcome = yield* this.transaction(producer, move, records);
    }
    if (outcome === 'published') world.facts.published += records.length;
    return { type: 'publish-answered', attempt, outcome };
  }

  *trim({ commitId, published }: CommandOf<'trim'>): Task<null> {
    const { network, redis } = this.world;
    yield* network.call(() => redis.trim(commitId, published));
    return null;
  }

  *checkCommitChain({ attempt }: CommandOf<'check-commit-chain'>): Task<SimulatedInput | null> {
    const { network, redis } = this.world;
    const stale = this.stale();
    const commitId = yield* network.call(() => this.newestCommitId(stale ?? redis.current));
    return commitId === UNANSWERED ? null : { type: 'commit-chain-answered', attempt, commitId };
  }

  *wake({ attempt }: CommandOf<'wake'>): Task<SimulatedInput> {
    yield;
    return { type: 'woken', attempt };
  }

  drop(): void {
    this.producer = null;
    this.batch = null;
  }

  /** Offsets, records, end. Stops at its first failure. Goes on if the machine has moved on, like a request under way. */
  private *transaction(
    producer: Producer,
    move: OffsetsMove,
    records: CommandOf<'publish'>['records'],
  ): Task<'published' | 'fenced' | 'unknown'> {
    const { network, kafka, variant } = this.world;
    // What arrives late has the identity of its time.
    const { identity } = producer;
    const offsets = yield* network.call(() => kafka.sendOffsets(identity, move));
    if (offsets !== 'ok') return outcomeOf(offsets);
    if (records.length > 0) {
      const produced = yield* network.call(() => kafka.produce(identity, records));
      if (produced !== 'ok') return outcomeOf(produced);
    }
    let ended = yield* network.call(() => kafka.commit(identity));
    for (let ends = 1; ended === UNANSWERED && variant.endRetried && ends < MAX_ENDS; ends++) {
      ended = yield* network.call(() => kafka.commit(identity));
    }
    if (ended === UNANSWERED || ended === 'fenced' || ended === 'refused') return outcomeOf(ended);
    producer.identity = ended;
    return 'published';
  }

  private newestCommitId(read: Snapshot): string {
    return isTorn(read) && !this.world.variant.tornUnseen ? '-' : newestCommitIdOf(read);
  }

  private stale(): Snapshot | null {
    const { random, staleReads, redis, facts } = this.world;
    if (!chance(random, staleReads)) return null;
    facts.staleReads++;
    return redis.stale(random());
  }
}

function outcomeOf(answer: Reply<Answer>): 'fenced' | 'unknown' {
  return answer === 'fenced' ? 'fenced' : 'unknown';
}
