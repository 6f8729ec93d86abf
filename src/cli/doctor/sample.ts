import { KEYED_TOPICS } from '../../domain/event';
import type { LogReader, ReadPosition } from '../../ports/log';
import type { Topics } from '../platform/platform';
import type { Sample, SampledRecord } from './judge-records';

/** Newest records of each partition of a topic. */
const RECORDS = 20;
/** Enough to see how producers partition. */
const MOST_PARTITIONS = 16;

/** Reads the newest records of the topics that are keyed by customer. Topics without records are missing. */
export async function readSample(reader: LogReader, { inputs }: Topics, partitions: number): Promise<Sample> {
  const positions: ReadPosition[] = [];
  for (const topic of KEYED_TOPICS.map((index) => inputs[index]!)) {
    for (let partition = 0; partition < Math.min(partitions, MOST_PARTITIONS); partition++) {
      const { start, end } = await reader.bounds(topic, partition);
      if (end > start) positions.push({ topic, partition, offset: Math.max(start, end - RECORDS) });
    }
  }
  const sample = new Map<string, SampledRecord[]>();
  if (positions.length === 0) return sample;
  await reader.readToEnd(positions, async ({ topic, partition, records }) => {
    const sampled = sample.get(topic) ?? [];
    sampled.push(...records.map((record) => ({ partition, record })));
    sample.set(topic, sampled);
  });
  for (const [topic, sampled] of sample) if (sampled.length === 0) sample.delete(topic);
  return sample;
}
