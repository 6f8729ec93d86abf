import type { Cluster } from 'kafkajs';
import type { LogBounds } from '../../ports/log';
import { cutLogs, type KnownLog } from './cut-logs';
import { type EpochAnswer, endsOfEpochs } from './epoch-request';
import { FetchRefusal } from './fetch-request';
import { toOffset } from './fetch-response';
import type { LeaderEpochs } from './leader-epochs';

/** A client that may read a topic may not always describe it. Cuts then go unnoticed. */
const TOPIC_AUTHORIZATION_FAILED = 29;

/** First offset in the log, and the high watermark. */
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
 * Bounds of a log that this process has read from. A new leader may have lost some of the records that were read. Then `end` is the offset
 * of the first lost one, even if the log holds other records there now. The cut then counts as reported. Throws FetchRefusal during a
 * change of leader.
 */
export async function fetchHeldBounds(
  cluster: Cluster,
  topic: string,
  partition: number,
  epochs: LeaderEpochs,
): Promise<LogBounds> {
  const { start, end } = await fetchBounds(cluster, topic, partition);
  const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  const [refused] = await noteCuts(cluster, `${leader}`, [{ topic, partition }], epochs);
  if (refused !== undefined) throw new FetchRefusal(refused);
  epochs.markReported(topic, partition);
  return { start, end: Math.min(end, epochs.cutOf(topic, partition) ?? end) };
}

/** Requests from a broker which logs of its partitions were cut, and notes it. Returns the answers of partitions that it does not lead. */
export async function noteCuts(
  cluster: Cluster,
  leader: string,
  partitions: readonly Pick<KnownLog, 'topic' | 'partition'>[],
  epochs: LeaderEpochs,
): Promise<readonly EpochAnswer[]> {
  const logs = partitions.map(({ topic, partition }) => ({ topic, partition, spans: epochs.of(topic, partition) }));
  const refused: EpochAnswer[] = [];
  const answered = await cutLogs(logs, async (questions) => {
    const answers = await endsOfEpochs(await cluster.findBroker({ nodeId: leader }), questions);
    refused.push(...answers.filter(({ errorCode }) => errorCode !== 0 && errorCode !== TOPIC_AUTHORIZATION_FAILED));
    return answers.filter(({ errorCode }) => errorCode === 0);
  });
  for (const { topic, partition, spans, cut } of answered) epochs.noteCut(topic, partition, spans, cut);
  return refused;
}
