import type { Settings } from '../../config/table';
import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import { openEmbeddedPlatform } from './embedded-platform';
import { openKafkaPlatform } from './kafka-platform';
import { type Platform, topicsOf } from './platform';

/** Kafka and Redis if KAFKA_BROKERS is set. Otherwise the embedded folder CLV_HOME, which is created with its topics if it is missing. */
export async function openPlatform(settings: Settings, observer: Observer, clock: Clock): Promise<Platform> {
  const options = { settings, topics: topicsOf(settings), observer, clock };
  return settings.KAFKA_BROKERS.length > 0 ? openKafkaPlatform(options) : openEmbeddedPlatform(options);
}
