import { INPUT_ROLES } from '../../src/domain/event';
import { murmur2Partition } from '../../src/domain/math/hash';
import { mulberry32 } from '../../src/domain/math/random';
import { demoShop } from '../../src/domain/simulation/shop-population';
import { simulateShop } from '../../src/domain/simulation/simulated-shop';
import type { OutgoingRecord } from '../../src/ports/log';
import { EventEncoder } from '../../src/serde/event-encoder';
import type { Deployment } from './deployment';

export const STREAM_OPENS_S = Date.UTC(2024, 0, 1) / 1000;

/** The first events of a simulated shop as records for a deployment's topics: orders, clicks and browses interleave. */
export function simulatedRecords(
  deployment: Deployment,
  events: number,
  options: { customers: number; seed: number },
): OutgoingRecord[] {
  const { settings, platform } = deployment;
  const shop = simulateShop(demoShop, {
    customers: options.customers,
    startS: STREAM_OPENS_S,
    random: mulberry32(options.seed),
  });
  const encoder = new EventEncoder(settings.CLV_CURRENCY);
  return Array.from({ length: events }, () => {
    const event = shop.next().value;
    const { role, value } = encoder.encodeEvent(event);
    const key = new TextEncoder().encode(event.customerId);
    const partition = murmur2Partition(key, settings.CLV_PARTITIONS);
    return {
      topic: platform.topics.inputs[INPUT_ROLES.indexOf(role)]!,
      partition,
      key,
      value,
      timestampMs: Date.now(),
    };
  });
}

export async function writeInBatches(
  deployment: Deployment,
  records: readonly OutgoingRecord[],
  batch = 500,
): Promise<void> {
  for (let at = 0; at < records.length; at += batch) await deployment.write(records.slice(at, at + batch));
}
