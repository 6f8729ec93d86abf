import type { Settings } from '../../config/table';
import type { PartitionVerdict } from '../../domain/audit/audit';
import { maxAheadMs } from '../../domain/time-rule';
import { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { UpdateCodec } from '../../serde/update-codec';
import { type AuditOptions, auditTopics } from '../../services/audit/audit';
import { ModelCatalogue } from '../../services/audit/model-catalogue';
import { isSampled } from '../../services/audit/sample';
import { moneyOf } from '../platform/platform';
import { eventCodec } from './codecs';
import type { Deployment } from './deployment';
import { firstModel, openArtefact } from './first-model';

export interface AuditExtent {
  readonly overdueBeforeMs?: number;
  /** Share of the customers whose scores are computed again. `seed` decides which. */
  readonly share?: number;
  readonly seed?: number;
  readonly onProgress?: NonNullable<AuditOptions['onProgress']>;
}

/** Audits a deployment's topics. If `emitted` resolves to null, every record must have an outcome. */
export async function auditDeployment(
  { platform, settings, partitions, schemas }: Pick<Deployment, 'platform' | 'settings' | 'partitions' | 'schemas'>,
  emitted: AuditOptions['emitted'],
  { share = 0, seed = 0, ...extent }: AuditExtent = {},
): Promise<PartitionVerdict[]> {
  const ports = {
    reader: platform.reader(),
    events: eventCodec(settings, partitions, schemas),
    updates: new UpdateCodec(schemas),
    deadLetters: new DeadLetterCodec(schemas),
  };
  const { inputs, updates, deadLetters } = platform.topics;
  const announced = await platform.registry().versions();
  const releases = platform.tierReleases();
  const models = new ModelCatalogue(announced, firstModels(settings), openArtefact, moneyOf(settings).minorPerMajor);
  return auditTopics(ports, { inputs, updates, deadLetters }, partitions, {
    emission: settings.CLV_EMISSION === 'every' ? 'every' : 'coalesced',
    emitted,
    // An update is stamped when it is written, so after its record's timestamp, or before it by the tolerance at most.
    updatesKeptSinceMs: (await platform.updatesKeptSinceMs()) + maxAheadMs(settings.CLV_MAX_FUTURE_SECONDS * 1000),
    scorerOf: (version) => models.scorerOf(version),
    releasedCuts: () => releases.versions(),
    rescores: (customerId) => isSampled(customerId, share, seed),
    ...extent,
  });
}

/** The model that CLV_MODEL names, and the one that ships with the program. */
function firstModels(settings: Settings) {
  const shipped = firstModel({ ...settings, CLV_MODEL: null });
  return settings.CLV_MODEL === null ? [shipped] : [firstModel(settings), shipped];
}
