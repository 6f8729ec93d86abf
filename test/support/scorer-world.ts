import { DEFAULT_MACHINE_SETTINGS } from '../../src/delivery/partition-machine';
import type { Claimant } from '../../src/domain/deployment-identity';
import { type CustomerEvent, INPUT_ROLES, type InputRole } from '../../src/domain/event';
import type { Model } from '../../src/domain/scoring/model';
import { Scorer } from '../../src/domain/scoring/scorer';
import { modelCuts } from '../../src/domain/scoring/tier-cuts';
import type { Clock } from '../../src/ports/clock';
import type { LogBounds } from '../../src/ports/log';
import type { CurrentModel, ModelRegistry } from '../../src/ports/model-registry';
import type { Fact, FactKind, FactOf, Observer } from '../../src/ports/observer';
import type { PartitionSource, SourceHandlers } from '../../src/ports/partition-source';
import type { FencedPublisher } from '../../src/ports/publisher';
import type { Claim, CommitRequest, OutboxRecord, StateStore } from '../../src/ports/state-store';
import type { TierRelease, TierReleases } from '../../src/ports/tier-releases';
import { DeadLetterCodec } from '../../src/serde/dead-letter-codec';
import { EventCodec } from '../../src/serde/event-codec';
import type { PartitionHash } from '../../src/serde/event-rules';
import { NEWEST_FORMAT } from '../../src/serde/format-level';
import { TimeRefusals } from '../../src/serde/time-refusals';
import { UpdateCodec } from '../../src/serde/update-codec';
import { CopartitionNotices } from '../../src/services/scorer/copartition-notices';
import { FormatNotice } from '../../src/services/scorer/format-notice';
import type { InputItem } from '../../src/services/scorer/input-queue';
import { type FoldQueue, PartitionEffects, type RunnerCommand } from '../../src/services/scorer/partition-effects';
import type { RunnerPorts } from '../../src/services/scorer/partition-runner';
import { QueueBudget } from '../../src/services/scorer/queue-budget';
import type { ScorerPorts, ScorerSettings } from '../../src/services/scorer/scorer-service';
import { anEvent, byTopic } from './events';
import { randomModel } from './models';
import type { Notice } from './quiet-observer';

export const START_MS = 1_700_000_000_000;

/** Resolves when everything that does not wait for the clock has run. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that advances only when the test advances it. */
export class HandClock implements Clock {
  private ms = 0;
  private sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  nowMs(): number {
    return START_MS + this.ms;
  }

  elapsedS(): number {
    return this.ms / 1000;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper = { untilMs: this.ms + ms, wake: resolve };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        resolve();
      });
    });
  }

  async pass(ms: number): Promise<void> {
    this.ms += ms;
    const due = this.sleepers.filter(({ untilMs }) => untilMs <= this.ms);
    this.sleepers = this.sleepers.filter(({ untilMs }) => untilMs > this.ms);
    for (const { wake } of due) wake();
    await settled();
  }

  /** Milliseconds until each sleeper wakes. */
  get waitsMs(): number[] {
    return this.sleepers.map(({ untilMs }) => Math.round(untilMs - this.ms));
  }
}

/** An error that a port throws if its server is unavailable. It is not a defect of the program. */
export function away(message = 'no answer'): Error {
  return Object.assign(new Error(message), { code: 'ECONNREFUSED' });
}

export const SETTINGS: ScorerSettings = {
  money: { currency: 'EUR', minorPerMajor: 100 },
  topics: INPUT_ROLES,
  quietAfterS: 86_400,
  quietChange: 0,
  emission: 'every',
  emissionWindowMs: 1_000,
  machine: { ...DEFAULT_MACHINE_SETTINGS, firstBackoffMs: 100, maxBackoffMs: 400 },
  maxFutureMs: 60_000,
  maxBatch: 500,
  maxBatchBytes: 1e9,
  maxQueuedRecords: 1_000,
  maxQueuedBytes: 10_000,
  maxIdleMs: 0,
  idleCheckMs: 1_000,
  partitions: 3,
  partitioner: 'arrival',
  maxQueuedBytesTotal: 15_000,
  revokeDeadlineMs: 5_000,
  tickMs: 20,
  logName: 'embedded',
};

/** The ports of a scorer in memory. A test replaces the answers that it needs. Calls, facts and notices are recorded in order. */
export class ScorerWorld {
  readonly clock = new HandClock();
  /** Facts and notices that the observer got, in order. */
  readonly observed: (Fact | Notice)[] = [];
  /** Calls of source, store, publisher and model registry that change something. */
  readonly calls: unknown[][] = [];
  readonly commits: CommitRequest[] = [];
  readonly published: (readonly OutboxRecord[])[] = [];
  readonly budget = new QueueBudget(SETTINGS.maxQueuedBytesTotal);
  readonly observer: Observer = {
    observe: (fact) => void this.observed.push(fact),
    notice: (level, message, detail) => void this.observed.push({ level, message, detail }),
  };
  /** The partitioner that the producers are assumed to use. */
  readonly placement: { hash: PartitionHash } = { hash: 'arrival' };
  model: Model = randomModel(3);
  claim: Claim = { epoch: 7, format: NEWEST_FORMAT, meta: null, outbox: [] };
  bounds: LogBounds[] = INPUT_ROLES.map(() => ({ start: 0, end: 100 }));
  claimant: Claimant = {
    identity: { app: 'shop', cluster: 'k1', inputs: ['in'], updates: 'u', deadLetters: 'd', partitions: 3 },
    topicIds: [],
  };
  readonly states = new Map<string, Uint8Array>();
  vanished: string[] = [];
  private commitId = '';
  private commitIds = 0;

  readonly store: StateStore = {
    claim: async (partition) => {
      this.calls.push(['claim', partition]);
      this.commitId = this.claim.meta?.commitIds.at(-1) ?? '';
      return this.claim;
    },
    owner: async () => null,
    load: async (_, ids) => ({
      commitId: this.commitId,
      states: ids.map((id) => this.states.get(id) ?? null),
      vanished: this.vanished,
    }),
    commit: async (_, request) => {
      this.commits.push(request);
      for (const { customerId, state } of request.states) this.states.set(customerId, state);
      this.commitId = request.commitId;
      return 'committed';
    },
    restart: async (partition, request) => this.calls.push(['restart', partition, request]) > 0,
    trim: async (...call) => void this.calls.push(['trim', ...call]),
    newestCommitId: async () => this.commitId,
    customersOfShard: async () => [],
    close: async () => undefined,
  };
  publisher: FencedPublisher = {
    emitted: byTopic(),
    unmarked: [],
    withRecords: [],
    tail: null,
    readEmitted: async () => ({ emitted: byTopic(), unmarked: [], withRecords: [], tail: null }),
    publish: async (records, emitted) => {
      this.published.push(records);
      this.calls.push(['publish', records.length, emitted]);
      return 'published';
    },
    close: async () => void this.calls.push(['close publisher']),
  };
  readonly ownership = { own: async (_: number) => this.publisher, close: async () => undefined };
  handlers: SourceHandlers | null = null;
  readonly source: PartitionSource = {
    start: async (handlers) => {
      this.handlers = handlers;
    },
    position: async (...call) => void this.calls.push(['position', ...call]),
    pause: (...call) => void this.calls.push(['pause', ...call]),
    resume: (...call) => void this.calls.push(['resume', ...call]),
    stop: async () => void this.calls.push(['stop source']),
  };
  /** Announces a model to the scorer. */
  announce: (announcement: CurrentModel) => void = () => undefined;
  readonly registry: ModelRegistry = {
    publish: async () => undefined,
    keep: async (announcement) => void this.calls.push(['keep', announcement]),
    current: async () => null,
    versions: async () => new Map(),
    history: async () => [],
    watchHistory: async () => undefined,
    watchCurrent: (onAnnouncement, signal) => {
      this.announce = onAnnouncement;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    },
    close: async () => undefined,
  };

  /** By the dead letters that were published. */
  timeRefusals: (partition: number) => Promise<TimeRefusals> = async () => {
    const refusals = new TimeRefusals(new DeadLetterCodec(), INPUT_ROLES);
    const letters = this.published.flat().filter(({ kind }) => kind === 'dead-letter');
    refusals.take(letters.map(({ value }, offset) => ({ offset, value })));
    return refusals;
  };
  /** Releases tier cuts to the scorer. */
  releaseTiers: (release: TierRelease) => void = () => undefined;
  readonly tierReleases: TierReleases = {
    publish: async () => undefined,
    versions: async () => new Map(),
    current: async () => null,
    watch: (onRelease, signal) => {
      this.releaseTiers = onRelease;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  };

  get runnerPorts(): RunnerPorts {
    const { observer, clock } = this;
    return {
      ...this.scorerPorts,
      scorer: () => new Scorer(this.model, 100),
      tierCuts: () => modelCuts(this.model),
      copartition: new CopartitionNotices(observer, clock, 3, 'murmur2'),
      formats: new FormatNotice(observer),
      queueBudget: this.budget,
    };
  }

  get scorerPorts(): ScorerPorts {
    const { store, ownership, source, registry, tierReleases, observer, clock } = this;
    return {
      ...{ store, ownership, source, registry, tierReleases, observer, clock },
      logBounds: async () => this.bounds,
      claimant: async () => this.claimant,
      newCommitId: () => `c${++this.commitIds}`,
      events: new EventCodec({ currency: 'EUR', partitions: 3, hash: this.placement.hash, maxFutureMs: 60_000 }),
      updates: new UpdateCodec(),
      deadLetters: new DeadLetterCodec(),
      timeRefusals: (partition) => this.timeRefusals(partition),
      // An artefact is one byte here: the seed of its model, or 0 for a broken one.
      openArtefact: ([seed = 0]) =>
        seed === 0 ? { ok: false, reason: 'bad-digest' } : { ok: true, model: randomModel(seed) },
      firstArtefact: new Uint8Array([3]),
    };
  }

  /** Lines for a person, "level: message". */
  get notices(): string[] {
    return this.noticed.map(({ level, message }) => `${level}: ${message}`);
  }

  get noticed(): Notice[] {
    return this.observed.filter((each) => 'level' in each);
  }

  /** The facts of one kind, without the kind. */
  facts<Kind extends FactKind>(kind: Kind): Omit<FactOf<Kind>, 'kind'>[] {
    return this.observed
      .filter((each): each is FactOf<Kind> => 'kind' in each && each.kind === kind)
      .map(({ kind: _, ...fact }) => fact);
  }

  /** Calls of one name, without the name. */
  callsOf(name: string): unknown[][] {
    return this.calls.filter(([each]) => each === name).map(([, ...call]) => call);
  }
}

/** Commits wait until the test releases the oldest. */
export function holdCommits({ store }: ScorerWorld): () => Promise<void> {
  const { commit } = store;
  const held: (() => void)[] = [];
  store.commit = async (...call) => {
    await new Promise<void>((resolve) => void held.push(resolve));
    return commit(...call);
  };
  return async () => {
    held.shift()?.();
    await settled();
  };
}

const topicOf = (role: InputRole): number => INPUT_ROLES.indexOf(role);

/** A record that becomes a dead letter, so it needs no state. */
export function broken(role: InputRole, offset: number, bytes = 10): InputItem {
  const decoded = { ok: false, reason: 'undecodable', detail: 'no record' } as const;
  return { topic: topicOf(role), offset, timestampMs: START_MS, key: null, value: new Uint8Array(bytes), decoded };
}

export function orderItem(offset: number, customerId: string, change: Partial<CustomerEvent> = {}): InputItem {
  const event = anEvent({ customerId, eventId: `e${offset}`, timeS: 1_699_000_000 + offset, ...change });
  return { ...broken('orders', offset), decoded: { ok: true, value: { type: 'event', event } } };
}

export function tickItem(offset: number, asOfS: number, shard = 0, shards = 1): InputItem {
  const tick = { asOfS, shard, shards };
  return { ...broken('ticks', offset), decoded: { ok: true, value: { type: 'tick', tick } } };
}

export const NO_QUEUE: FoldQueue = { putBack: () => undefined, hasMore: () => false };

/** The effects of partition 2, with short calls. `attempt.now` is the machine's attempt. */
export function openEffects(change: Partial<ScorerSettings> = {}) {
  const world = new ScorerWorld();
  const attempt = { now: 1 };
  const ending = new AbortController();
  const settings = { ...SETTINGS, ...change };
  const effects = new PartitionEffects(2, world.runnerPorts, settings, ending.signal, () => attempt.now);
  const emitted = byTopic({ orders: 1 });
  return {
    ...{ world, effects, attempt, ending },
    own: () => effects.own({ type: 'own', attempt: 1 }),
    claim: () => effects.claim({ type: 'claim', attempt: 1 }),
    fold: (items: readonly InputItem[], queue = NO_QUEUE, folded = byTopic()) =>
      effects.fold({ type: 'fold', attempt: 1, folded, emitted }, items, queue),
    commit: (request: Partial<RunnerCommand<'commit'>> = {}) =>
      effects.commit({
        ...{ type: 'commit', attempt: 1, epoch: 7, follows: 'c0', commitId: 'c1' },
        ...{ folded: byTopic({ orders: 1 }), records: [], resendAfterMs: 0, ...request },
      }),
    publish: (records: readonly OutboxRecord[]) =>
      effects.publish({ type: 'publish', attempt: 1, records, emitted: byTopic({ orders: 3 }) }),
  };
}

/** Whether a promise resolves without time passing. */
export async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await settled();
  return done;
}
