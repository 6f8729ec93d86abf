import type { Settings } from '../../config/table';
import { ownSchemas, type SchemaById } from '../../serde/contracts';
import { EventCodec } from '../../serde/event-codec';
import type { Platform } from '../platform/platform';

/** Writers' schemas by id. Ids that the schema registry does not have are the program's own, so it needs the shop's schemas only. */
export async function openSchemas({ schemas }: Pick<Platform, 'schemas'>): Promise<SchemaById> {
  await schemas.load();
  return (id) => schemas.schema(id) ?? ownSchemas(id);
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
