import { type CustomerEvent, INPUT_ROLES, SECONDS_PER_DAY, TOPIC_OF_KIND } from '../../src/domain/event';
import type { LabelSettings } from '../../src/domain/labels/label-progress';
import type { PartitionLabels } from '../../src/domain/labels/labels';
import { mulberry32 } from '../../src/domain/math/random';
import type { ShopPopulation } from '../../src/domain/simulation/shop-population';
import { simulateShop } from '../../src/domain/simulation/simulated-shop';
import { ends, openLabels, START_S, type TopicLogs } from './label-streams';
import { MemoryTrainerStore } from './memory-trainer-store';

/** The first days of a simulated shop, as the topics of one partition. */
export function shopLogs(population: ShopPopulation, seed: number, customers: number, days: number): TopicLogs {
  const logs: CustomerEvent[][] = INPUT_ROLES.map(() => []);
  for (const event of simulateShop(population, { customers, startS: START_S, random: mulberry32(seed) })) {
    if (event.timeS >= START_S + days * SECONDS_PER_DAY) break;
    logs[TOPIC_OF_KIND[event.kind]]!.push(event);
  }
  return logs;
}

/** All labels of a stream, read at once. */
export function labelsOf(logs: TopicLogs, settings: LabelSettings): PartitionLabels {
  const labels = openLabels(new MemoryTrainerStore(), settings);
  logs.forEach((log, topic) => {
    log.forEach((event, offset) => {
      labels.add(topic, offset, event);
    });
    labels.times.readUpTo(topic, log.length);
  });
  labels.advance(labels.times.readUntilS(ends(logs)));
  return labels;
}
