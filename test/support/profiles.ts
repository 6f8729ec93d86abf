import { eventCodec, openSchemas } from '../../src/cli/compose/codecs';
import type { CustomerAttributes } from '../../src/domain/attributes';
import { CUSTOMERS_TOPIC } from '../../src/domain/event';
import { murmur2Partition } from '../../src/domain/math/hash';
import type { Random } from '../../src/domain/math/random';
import type { OutgoingRecord } from '../../src/ports/log';
import { EventEncoder } from '../../src/serde/event-encoder';
import type { Deployment } from './deployment';
import { anEvent } from './events';

const DELETED_SHARE = 0.2;

/** A record with new attributes of a customer, or one that deletes them. */
export function profileRecord(
  { settings, platform }: Deployment,
  customerId: string,
  timeS: number,
  random: Random,
): OutgoingRecord {
  const attributes = {
    ageBand: `${Math.floor(9 * random())}0s`,
    region: random() < 0.5 ? 'north' : null,
    channel: null,
  };
  const event = anEvent({ kind: 'profile', customerId, timeS, attributes });
  const key = new TextEncoder().encode(customerId);
  const { value } = new EventEncoder(settings.CLV_CURRENCY).encodeEvent(event);
  return {
    topic: platform.topics.inputs[CUSTOMERS_TOPIC]!,
    partition: murmur2Partition(key, settings.CLV_PARTITIONS),
    key,
    value: random() < DELETED_SHARE ? null : value,
    timestampMs: 1_000 * timeS,
  };
}

/** Number of customers in the customers topic, and those whose state differs from their last record that was not refused. */
export async function judgeProfiles(deployment: Deployment): Promise<{ customers: number; wrong: string[] }> {
  const { settings, platform } = deployment;
  const topic = platform.topics.inputs[CUSTOMERS_TOPIC]!;
  const codec = eventCodec(settings, settings.CLV_PARTITIONS, await openSchemas(platform));
  const reader = platform.reader();
  const letters = (await deployment.deadLetters()).filter((letter) => letter.topic === topic);
  const refused = new Set(letters.map(({ partition, offset }) => `${partition}@${offset}`));
  const last = new Map<string, { offset: number; attributes: CustomerAttributes | null }>();
  for (let partition = 0; partition < settings.CLV_PARTITIONS; partition++) {
    const { start } = await reader.bounds(topic, partition);
    await reader.readToEnd([{ topic, partition, offset: start }], async ({ records }) => {
      for (const { key, value, offset, timestampMs } of records) {
        const decoded = codec.decodeEvent(CUSTOMERS_TOPIC, partition, value, timestampMs, key);
        if (decoded.ok && !refused.has(`${partition}@${offset}`))
          last.set(decoded.value.customerId, { offset, attributes: decoded.value.attributes ?? null });
      }
    });
  }
  const states = await deployment.states();
  const wrong = [...last].filter(([customerId, told]) => {
    const held = states.get(customerId)?.profile ?? null;
    return JSON.stringify(held?.attributes) !== JSON.stringify(told.attributes) || held?.offset !== told.offset;
  });
  return { customers: last.size, wrong: wrong.map(([customerId]) => customerId) };
}
