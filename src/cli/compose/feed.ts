import type { Settings } from '../../config/table';
import type { FeedSettings } from '../../services/simulator/topic-feed';
import type { Topics } from '../platform/platform';

/** How the simulator and replay write into a deployment's topics. */
export function feedSettings(
  settings: Settings,
  topics: Topics,
  partitions: number,
  ticks: { readonly everyDays: number; readonly shards: number },
): FeedSettings {
  const [orders, clicks, browses, tickTopic, reviews, customers] = topics.inputs;
  return {
    topics: { orders, clicks, browses, ticks: tickTopic, reviews, customers },
    partitions,
    hash: settings.CLV_PARTITIONER,
    currency: settings.CLV_CURRENCY,
    // The schema registry may have given this program's own ids to the shop's schemas. JSON needs no id.
    format: settings.CLV_SCHEMA_DIR === null && settings.SCHEMA_REGISTRY_URL.length === 0 ? 'avro' : 'json',
    tickEveryS: ticks.everyDays * 86_400,
    tickShards: ticks.shards,
    timestamps: 'wall',
  };
}
