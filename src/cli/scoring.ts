import { randomUUID } from 'node:crypto';
import { sha256 } from '../adapters/system/digest';
import { FileSchemaRegistry } from '../adapters/system/file-schema-registry';
import type { Settings } from '../config/table';
import { DEFAULT_MACHINE_SETTINGS } from '../delivery/partition-machine';
import type { Claimant } from '../domain/deployment-identity';
import type { Model } from '../domain/model';
import type { Clock } from '../ports/clock';
import type { Observer } from '../ports/observer';
import type { SchemaById } from '../serde/contracts';
import { DeadLetterCodec } from '../serde/dead-letter-codec';
import { EventCodec } from '../serde/event-codec';
import { decodeArtefact, refusalText } from '../serde/model-artefact';
import { UpdateCodec } from '../serde/update-codec';
import { ScorerService, type ScorerSettings } from '../services/scorer/scorer-service';
import { firstArtefact, moneyOf, type Platform } from './platform';

/** Writers' schemas by id: the program's own, or the registry folder of CLV_SCHEMA_DIR. */
export async function openSchemas(settings: Settings): Promise<SchemaById> {
  const registry = new FileSchemaRegistry(settings.CLV_SCHEMA_DIR ?? undefined);
  await registry.load();
  return (id) => registry.schema(id);
}

export function eventCodec(settings: Settings, partitions: number, schemas: SchemaById): EventCodec {
  const rules = {
    currency: settings.CLV_CURRENCY,
    partitions,
    hash: settings.CLV_PARTITIONER,
    maxFutureMs: settings.CLV_MAX_FUTURE_SECONDS * 1000,
  };
  return new EventCodec(rules, schemas);
}

/** Digest, sizes, feature fingerprint and golden input checked: a model, or a literal reason. */
export function openArtefact(artefact: Uint8Array): { ok: true; model: Model } | { ok: false; reason: string } {
  const decoded = decodeArtefact(artefact, sha256);
  return decoded.ok ? decoded : { ok: false, reason: refusalText(decoded) };
}

/** The model that a deployment starts from; throws where the file is no artefact of this program. */
export function firstModel(settings: Settings): Model {
  const opened = openArtefact(firstArtefact(settings));
  if (!opened.ok) {
    const next =
      opened.reason === 'other-features' ? '; it is of another release: train it again (clv-stream fit)' : '';
    throw new Error(
      `the model ${settings.CLV_MODEL ?? 'shipped with the program'} is refused: ${opened.reason}${next}`,
    );
  }
  return opened.model;
}

/** A scorer on the platform's adapters. `start` it; stop it before the platform is closed. */
export function openScorer(
  platform: Platform,
  settings: Settings,
  partitions: number,
  schemas: SchemaById,
  observer: Observer,
  clock: Clock,
): ScorerService {
  const ports = {
    source: platform.source(),
    store: platform.stateStore(),
    ownership: platform.ownership(),
    logBounds: platform.inputBounds(),
    claimant: claimantOf(platform, settings.CLV_APP, partitions),
    registry: platform.registry(),
    observer,
    clock,
    newCid: () => randomUUID(),
    events: eventCodec(settings, partitions, schemas),
    updates: new UpdateCodec(schemas),
    deadLetters: new DeadLetterCodec(schemas),
    openArtefact,
    firstArtefact: firstArtefact(settings),
  };
  return new ScorerService(ports, scorerSettings(settings, platform, partitions), firstModel(settings));
}

/** This deployment as a claimant of partitions; each call looks at the log. */
export function claimantOf(platform: Platform, app: string, partitions: number): () => Promise<Claimant> {
  const watch = platform.logWatch();
  const { inputs, updates, deadLetters } = platform.topics;
  return async () => {
    const { cluster, topics } = await watch.look();
    const topicIds = inputs.map((name) => topics.get(name)?.id ?? null);
    return { identity: { app, cluster, inputs, updates, deadLetters, partitions }, topicIds };
  };
}

/** Commits that may wait for the window of emission `latest`; where more do, the window ends early. */
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
    partitions,
    partitioner: settings.CLV_PARTITIONER,
    machine: {
      ...DEFAULT_MACHINE_SETTINGS,
      maxOutbox: settings.CLV_EMISSION === 'latest' ? LATEST_MAX_OUTBOX : DEFAULT_MACHINE_SETTINGS.maxOutbox,
      transactional: platform.kind === 'embedded' || settings.CLV_DELIVERY === 'exactly-once',
      onStateLost: settings.CLV_ON_STATE_LOST,
      // At least once, E reaches the group a moment after what it covers: absent beside a state, it was not lost, only late.
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
