import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Settings } from '../../config/table';
import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import { embeddedFolder, openEmbeddedPlatform } from './embedded-platform';
import { openKafkaPlatform } from './kafka-platform';
import { type Platform, topicsOf } from './platform';

/**
 * Kafka and Redis if KAFKA_BROKERS is set. Otherwise the embedded folder CLV_HOME, which is created with its topics if it is missing. The
 * first line of a command then says so: somebody whose Kafka has the records must not wonder why none are found.
 */
export async function openPlatform(settings: Settings, observer: Observer, clock: Clock): Promise<Platform> {
  const options = { settings, topics: topicsOf(settings), observer, clock };
  if (settings.KAFKA_BROKERS.length > 0) return openKafkaPlatform(options);
  observer.notice('info', storeLine(settings));
  return openEmbeddedPlatform(options);
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
