import type { TopicIndex } from '../../domain/event';
import type { EventDecoder } from '../../ports/event-decoder';
import type { LogBatch, LogReader } from '../../ports/log';
import { decodeBackfillMark } from '../../serde/backfill-header';

/** What the beginning of a topic says about live traffic. `at`: ms since the epoch. */
export type LiveStart =
  | { readonly found: 'none' }
  | { readonly found: 'at'; readonly atMs: number }
  /** Records of its beginning are gone. */
  | { readonly found: 'unknown' }
  /** Most of its first records are about a time long before they were written. */
  | { readonly found: 'history'; readonly ofMs: number; readonly writtenMs: number };

export interface LiveStartPorts {
  readonly reader: LogReader;
  readonly decoder: EventDecoder;
}

interface First {
  readonly timeMs: number;
  readonly timestampMs: number;
}

/** First live records of a partition that are looked at. */
const LOOKED_AT = 20;

/**
 * When live traffic of a topic began: the earliest event of its first live records. Those that came late are left out, so that one old order
 * does not move it. Records of back-fills are not live.
 */
export async function findLiveStart(
  topic: TopicIndex,
  { name, partitions, latenessMs }: { readonly name: string; readonly partitions: number; readonly latenessMs: number },
  ports: LiveStartPorts,
): Promise<LiveStart> {
  const { firsts, isCut } = await firstRecords(topic, name, partitions, ports);
  if (isCut) return { found: 'unknown' };
  if (firsts.length === 0) return { found: 'none' };
  const inTime = firsts.filter(({ timeMs, timestampMs }) => timeMs >= timestampMs - latenessMs);
  if (2 * inTime.length < firsts.length) {
    const ofMs = Math.min(...firsts.map(({ timeMs }) => timeMs));
    return { found: 'history', ofMs, writtenMs: Math.min(...firsts.map(({ timestampMs }) => timestampMs)) };
  }
  return { found: 'at', atMs: Math.min(...inTime.map(({ timeMs }) => timeMs)) };
}

async function firstRecords(topic: TopicIndex, name: string, partitions: number, { reader, decoder }: LiveStartPorts) {
  const firsts: First[] = [];
  const ends = new Map<number, number>();
  const positions = [];
  let isCut = false;
  for (let partition = 0; partition < partitions; partition++) {
    const { start, end } = await reader.bounds(name, partition);
    // Compaction removes records of the table of attributes, too, but never its beginning.
    isCut ||= start > 0;
    if (start >= end) continue;
    ends.set(partition, end);
    positions.push({ topic: name, partition, offset: start });
  }
  const looked = new Map<number, number>();
  const done = new AbortController();
  const take = async ({ partition, records, nextOffset }: LogBatch) => {
    if (!ends.has(partition)) return;
    let count = looked.get(partition) ?? 0;
    for (const { value, timestampMs, key, headers } of records) {
      if (count >= LOOKED_AT) break;
      if (decodeBackfillMark(headers) !== null) continue;
      const decoded = decoder.decodeEvent(topic, partition, value, timestampMs, key);
      if (!decoded.ok) continue;
      firsts.push({ timeMs: decoded.value.timeS * 1000, timestampMs });
      count++;
    }
    looked.set(partition, count);
    if (count >= LOOKED_AT || nextOffset >= ends.get(partition)!) ends.delete(partition);
    if (ends.size === 0) done.abort();
  };
  if (positions.length > 0) await reader.follow(positions, take, done.signal);
  return { firsts, isCut };
}
