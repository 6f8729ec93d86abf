import type { Cluster } from 'kafkajs';
import type { LogBounds } from '../../ports/log';
import { cutLogs, type KnownLog } from './cut-logs';
import { endsOfEpochs } from './epoch-request';
import { toOffset } from './fetch-response';
import type { LeaderEpochs } from './leader-epochs';

/** First offset held, and the high watermark. */
export async function fetchBounds(cluster: Cluster, topic: string, partition: number): Promise<LogBounds> {
  await cluster.addMultipleTargetTopics([topic]);
  const ask = async (fromBeginning: boolean): Promise<number> => {
    const [answer] = await cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning }]);
    const offset = answer?.partitions[0]?.offset;
    if (offset === undefined) throw new Error(`topic ${topic} partition ${partition} does not exist`);
    return toOffset(offset);
  };
  return { start: await ask(true), end: await ask(false) };
}

/**
 * The same, of a log that was read before: where records that were read are gone, it ends where they began, whatever was written over them
 * since.
 */
export async function fetchHeldBounds(
  cluster: Cluster,
  topic: string,
  partition: number,
  epochs: LeaderEpochs,
): Promise<LogBounds> {
  const { start, end } = await fetchBounds(cluster, topic, partition);
  const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  await noteCuts(cluster, `${leader}`, [{ topic, partition }], epochs);
  return { start, end: Math.min(end, epochs.cutOf(topic, partition) ?? end) };
}

/** Asks the leader of these partitions which of their logs were cut, and notes it. */
export async function noteCuts(
  cluster: Cluster,
  leader: string,
  partitions: readonly Pick<KnownLog, 'topic' | 'partition'>[],
  epochs: LeaderEpochs,
): Promise<void> {
  const known = partitions.map(({ topic, partition }) => ({ topic, partition, spans: epochs.of(topic, partition) }));
  const cuts = await cutLogs(known, async (questions) =>
    endsOfEpochs(await cluster.findBroker({ nodeId: leader }), questions),
  );
  for (const { topic, partition, cut } of cuts) epochs.wasCut(topic, partition, cut);
}
