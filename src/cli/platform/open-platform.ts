import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { FileSchemaRegistry } from '../../adapters/system/file-schema-registry';
import type { Settings } from '../../config/table';
import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import { embeddedFolder, openEmbeddedPlatform } from './embedded-platform';
import { openKafkaPlatform } from './kafka-platform';
import { type Platform, type PlatformUse, topicsOf } from './platform';
import { withSchemaRegistry } from './schema-registry';

/**
 * Kafka and Redis if KAFKA_BROKERS is set. Otherwise the embedded folder CLV_HOME, which is created with its topics if it is missing. The
 * first line of a command then says so: somebody whose Kafka has the records must not wonder why none are found.
 */
export async function openPlatform(
  settings: Settings,
  observer: Observer,
  clock: Clock,
  use: PlatformUse = {},
): Promise<Platform> {
  const isKafka = settings.KAFKA_BROKERS.length > 0;
  if (!isKafka) observer.notice('info', storeLine(settings));
  const schemas = new FileSchemaRegistry(settings.CLV_SCHEMA_DIR ?? undefined);
  const options = { settings, topics: topicsOf(settings), schemas, observer, clock, ...use };
  const platform = await (isKafka ? openKafkaPlatform : openEmbeddedPlatform)(options);
  return settings.SCHEMA_REGISTRY_URL.length > 0 ? withSchemaRegistry(platform, options) : platform;
}

/** Like openPlatform, for a command that only looks: it creates no embedded store. null if there is none. */
export async function openExistingPlatform(
  settings: Settings,
  observer: Observer,
  clock: Clock,
): Promise<Platform | null> {
  if (settings.KAFKA_BROKERS.length > 0 || existsSync(embeddedFolder(settings))) {
    return openPlatform(settings, observer, clock);
  }
  observer.notice('info', storeLine(settings));
  return null;
}

/** Which store the settings select, for people. */
export function storeLine({ KAFKA_BROKERS: brokers, CLV_HOME: home }: Settings): string {
  if (brokers.length > 0) return `working on Kafka at ${brokers.join(', ')}`;
  return `working on the embedded store ${resolve(home)}, because neither KAFKA_BROKERS nor REDIS_URL is set`;
}
