import { BrokerRefusal } from './broker-errors';
import type { BrokerLinks, Link } from './broker-links';
import {
  decodeProduce,
  encodeProduce,
  type PartitionBatch,
  type ProduceAnswer,
  type ProduceOrigin,
  produceKind,
} from './produce-request';

/** Records that no broker has acknowledged. */
export class UnansweredRecords extends Error {
  override readonly name = 'UnansweredRecords';
  /** As errors of brokers have one: this is a fault of the connection, not a defect of this program. */
  readonly type = 'UNANSWERED_RECORDS';

  constructor(partition: string) {
    super(`no broker answered for the records of ${partition}: they may never have been stored`);
  }
}

/** A batch that was not confirmed. It may have been stored all the same, unless `fault` is a refusal that says otherwise. */
export interface Unconfirmed {
  readonly batch: PartitionBatch;
  readonly fault: unknown;
}

/**
 * Sends each batch to the leader of its partition, in one request per leader, all at once. Returns the batches that were not confirmed.
 * Rejects if nothing was sent.
 */
export async function produce(
  links: BrokerLinks,
  batches: readonly PartitionBatch[],
  origin: ProduceOrigin,
): Promise<Unconfirmed[]> {
  const leaders = await links.leaders(batches);
  const byLeader = new Map<string, PartitionBatch[]>();
  for (const [index, { nodeId }] of leaders.entries()) {
    byLeader.set(nodeId, [...(byLeader.get(nodeId) ?? []), batches[index]!]);
  }
  const unconfirmed = [...byLeader].map(([nodeId, ofLeader]) => produceTo(links, { nodeId }, ofLeader, origin));
  return (await Promise.all(unconfirmed)).flat();
}

async function produceTo(
  links: BrokerLinks,
  leader: Link,
  batches: readonly PartitionBatch[],
  origin: ProduceOrigin,
): Promise<Unconfirmed[]> {
  try {
    const payload = encodeProduce(batches, origin);
    return unconfirmedOf(
      batches,
      await links.ask(leader, produceKind(origin), payload, (answer) => decodeProduce(answer, origin)),
    );
  } catch (fault) {
    return batches.map((batch) => ({ batch, fault }));
  }
}

/** Every partition must be answered for. An answer that leaves one out confirms nothing of it. */
export function unconfirmedOf(batches: readonly PartitionBatch[], answers: readonly ProduceAnswer[]): Unconfirmed[] {
  const unconfirmed: Unconfirmed[] = [];
  for (const batch of batches) {
    const name = `${batch.topic}/${batch.partition}`;
    const answer = answers.find(({ topic, partition }) => topic === batch.topic && partition === batch.partition);
    if (answer === undefined) unconfirmed.push({ batch, fault: new UnansweredRecords(name) });
    else if (answer.errorCode !== 0) {
      const { errorCode, detail } = answer;
      unconfirmed.push({ batch, fault: new BrokerRefusal(`records of ${name}`, errorCode, batch.topic, detail) });
    }
  }
  return unconfirmed;
}
