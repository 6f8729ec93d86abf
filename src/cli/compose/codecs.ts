import { FileSchemaRegistry } from '../../adapters/system/file-schema-registry';
import type { Settings } from '../../config/table';
import { ownSchemas, type SchemaById } from '../../serde/contracts';
import { EventCodec } from '../../serde/event-codec';

/**
 * Writers' schemas by id, from the schema registry: the program's own, or the folder CLV_SCHEMA_DIR. Ids that the folder does not have are
 * the program's own, so a folder needs the shop's schemas only.
 */
export async function openSchemas(settings: Settings): Promise<SchemaById> {
  const registry = new FileSchemaRegistry(settings.CLV_SCHEMA_DIR ?? undefined);
  await registry.load();
  return (id) => registry.schema(id) ?? ownSchemas(id);
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
