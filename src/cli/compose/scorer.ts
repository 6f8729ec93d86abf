import { randomUUID } from 'node:crypto';
import type { Settings } from '../../config/table';
import { DEFAULT_MACHINE_SETTINGS } from '../../delivery/partition-machine';
import { type Claimant, encodeIdentity } from '../../domain/deployment-identity';
import type { OffsetVector } from '../../domain/event';
import type { Arbiter } from '../../ports/arbiter';
import type { StateStore } from '../../ports/state-store';
import { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { TimeRefusals } from '../../serde/time-refusals';
import { UpdateCodec } from '../../serde/update-codec';
import { CachedStateStore } from '../../services/scorer/cached-state-store';
import { LeaseArbiter } from '../../services/scorer/lease-arbiter';
import { ScorerService, type ScorerSettings } from '../../services/scorer/scorer-service';
import { firstArtefact, moneyOf, type Platform } from '../platform/platform';
import { eventCodec } from './codecs';
import type { Deployment } from './deployment';
import { firstModel, noteFirstModel, servableArtefact } from './first-model';

/** A scorer on the platform's adapters. `start` it, and stop it before closing the platform. */
export function openScorer(deployment: Deployment): ScorerService {
  const { platform, settings, partitions, schemas, outputIds, observer, clock } = deployment;
  const deadLetters = new DeadLetterCodec(schemas, outputIds?.deadLetters);
  const claimant = claimantOf(platform, settings.CLV_APP, partitions);
  const ports = {
    source: platform.source(undefined, arbiterOf(deployment, claimant)),
    store: stateStore(platform, settings.CLV_STATE_CACHE_BYTES),
    ownership: platform.ownership(),
    logBounds: platform.inputBounds(),
    claimant,
    registry: platform.registry(),
    tierReleases: platform.tierReleases(),
    observer,
    clock,
    newCommitId: () => randomUUID(),
    events: eventCodec(settings, partitions, schemas),
    updates: new UpdateCodec(schemas, outputIds?.updates),
    deadLetters,
    timeRefusals: timeRefusalsOf(platform, deadLetters),
    openArtefact: servableArtefact(settings),
    firstArtefact: firstArtefact(settings),
  };
  const first = firstModel(settings);
  noteFirstModel(first, settings, observer);
  return new ScorerService(ports, scorerSettings(settings, platform, partitions), first);
}

/** The embedded store keeps its pages in this process already. */
function stateStore(platform: Platform, cacheBytes: number): StateStore {
  const store = platform.stateStore();
  return platform.kind === 'embedded' || cacheBytes === 0 ? store : new CachedStateStore(store, cacheBytes);
}

/** A member that returns is handed its partitions back after it was alive for so long, ms, or for a session if that is shorter. */
const MAX_SETTLE_MS = 30_000;
/** After Redis was away, its clients may come back seconds apart. */
const GRACE_MS = 5_000;

/** Undefined if the group alone decides. */
function arbiterOf(
  { platform, settings, observer, clock }: Deployment,
  claimant: () => Promise<Claimant>,
): Arbiter | undefined {
  const leaseMs = settings.CLV_LEASE_MS;
  const deployment = async () => encodeIdentity((await claimant()).identity);
  const table = leaseMs === 0 ? null : platform.leaseTable(deployment);
  if (table === null) return undefined;
  const settleMs = Math.min(MAX_SETTLE_MS, settings.CLV_SESSION_TIMEOUT_MS);
  const lease = { leaseMs, beatMs: Math.max(1, Math.round(leaseMs / 5)), graceMs: GRACE_MS, settleMs };
  return new LeaseArbiter(randomUUID(), { table, clock, observer }, lease);
}

/** Reads the dead letters of a partition from the log. It keeps those of the records that are folded again. */
function timeRefusalsOf(
  platform: Platform,
  deadLetters: DeadLetterCodec,
): (partition: number, folded: OffsetVector) => Promise<TimeRefusals> {
  const reader = platform.reader();
  const { inputs, deadLetters: topic } = platform.topics;
  return async (partition, folded) => {
    const refusals = new TimeRefusals(deadLetters, inputs);
    for (const index of inputs.keys()) refusals.begin(index, partition, folded[index] ?? 0);
    const { start } = await reader.bounds(topic, partition);
    await reader.readToEnd([{ topic, partition, offset: start }], async ({ records }) => refusals.take(records));
    return refusals;
  };
}

/** This deployment, as it claims partitions. Each call reads the cluster's metadata again. */
export function claimantOf(platform: Platform, app: string, partitions: number): () => Promise<Claimant> {
  const watch = platform.logWatch();
  const { inputs, updates, deadLetters } = platform.topics;
  return async () => {
    const { cluster, topics } = await watch.look();
    const topicIds = inputs.map((name) => topics.get(name)?.id ?? null);
    return { identity: { app, cluster, inputs, updates, deadLetters, partitions }, topicIds };
  };
}

/** Most commits that wait for the emission window of `latest`. If there are more, the window ends early. */
const LATEST_MAX_OUTBOX = 32;

function scorerSettings(settings: Settings, platform: Platform, partitions: number): ScorerSettings {
  return {
    money: moneyOf(settings),
    topics: platform.topics.inputs,
    logName: platform.kind,
    quietAfterS: settings.CLV_QUIET_SECONDS,
    quietChange: settings.CLV_QUIET_CHANGE,
    emission: settings.CLV_EMISSION,
    emissionWindowMs: settings.CLV_EMISSION_WINDOW_MS,
    maxFutureMs: settings.CLV_MAX_FUTURE_SECONDS * 1000,
    partitions,
    partitioner: settings.CLV_PARTITIONER,
    machine: {
      ...DEFAULT_MACHINE_SETTINGS,
      maxOutbox: settings.CLV_EMISSION === 'latest' ? LATEST_MAX_OUTBOX : DEFAULT_MACHINE_SETTINGS.maxOutbox,
      transactional: platform.kind === 'embedded' || settings.CLV_DELIVERY === 'exactly-once',
      onStateLost: settings.CLV_ON_STATE_LOST,
      // With at-least-once, the group's offsets follow the records after a moment. If they are absent beside a state, they are late, not lost.
      onOffsetsExpired: settings.CLV_DELIVERY === 'at-least-once' ? 'continue' : settings.CLV_ON_OFFSETS_EXPIRED,
      onLogLost: settings.CLV_ON_LOG_LOST,
    },
    maxBatch: settings.CLV_MAX_BATCH,
    maxBatchBytes: settings.CLV_MAX_BATCH_BYTES,
    maxQueuedRecords: settings.CLV_MAX_QUEUED_RECORDS,
    maxQueuedBytes: settings.CLV_MAX_QUEUED_BYTES,
    maxQueuedBytesTotal: settings.CLV_MAX_QUEUED_BYTES_TOTAL,
    maxIdleMs: settings.CLV_MAX_IDLE_MS,
    idleCheckMs: 1_000,
    revokeDeadlineMs: 10_000,
    tickMs: 20,
  };
}
