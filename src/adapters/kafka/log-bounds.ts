import type { Cluster } from 'kafkajs';
import type { LogBounds } from '../../ports/log';
import { toOffset } from './fetch-response';

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
