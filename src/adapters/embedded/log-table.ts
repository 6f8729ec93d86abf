import type { LogBatch, LogBounds, LogRecord } from '../../ports/log';
import type { EmbeddedEnvironment } from './environment';
import {
  decodeEnds,
  decodeRecord,
  type Ends,
  encodeEnds,
  encodeRecord,
  endsKey,
  logKey,
  offsetOfLogKey,
  type StoredRecord,
  type TopicEntry,
} from './layout';
import { compact, trimTo } from './retention';

export interface LogSettings {
  /**
   * Records kept per partition. If absent, all. Beyond the limit, a topic without compaction drops its oldest records. A compacted topic
   * drops superseded records if it holds more than the limit and more than twice what the last compaction left.
   */
  readonly maxRecordsPerPartition?: number;
}

/** The log's records in LMDB. Every log adapter and the state store's commit use it. Synchronous; it never waits. */
export class LogTable {
  constructor(
    private readonly env: EmbeddedEnvironment,
    private readonly settings: LogSettings = {},
  ) {}

  /** Only inside `env.write`: the transaction that stores the records also assigns their offsets. */
  append(topic: TopicEntry, partition: number, records: readonly StoredRecord[]): void {
    if (records.length === 0) return;
    const at = endsKey(topic.id, partition);
    const ends = decodeEnds(this.env.ends.get(at));
    let offset = ends.end;
    for (const record of records) {
      this.env.log.putSync(logKey(topic.id, partition, offset), encodeRecord(record));
      offset += 1;
    }
    const grown: Ends = { ...ends, end: offset, held: ends.held + records.length };
    this.env.ends.putSync(at, encodeEnds(this.retain(topic, partition, grown)));
  }

  bounds(topic: TopicEntry, partition: number): LogBounds {
    const { start, end } = decodeEnds(this.env.ends.get(endsKey(topic.id, partition)));
    return { start, end };
  }

  /** At most `limit` records from `offset` on, or from the start if that is later. */
  read(topic: TopicEntry, partition: number, offset: number, limit: number): LogBatch {
    const { start, end } = this.bounds(topic, partition);
    const from = Math.max(start, offset);
    const records: LogRecord[] = [];
    if (from < end) {
      const range = { start: logKey(topic.id, partition, from), end: logKey(topic.id, partition, end), limit };
      for (const { key, value } of this.env.log.getRange(range)) records.push(decodeRecord(offsetOfLogKey(key), value));
    }
    const last = records.at(-1);
    const nextOffset = records.length === limit && last !== undefined ? last.offset + 1 : Math.max(from, end);
    return { topic: topic.name, partition, records, nextOffset, end: Math.max(end, nextOffset) };
  }

  /** Drops the records below an offset. Only inside `env.write`. */
  truncate(topic: TopicEntry, partition: number, before: number): void {
    const at = endsKey(topic.id, partition);
    const ends = decodeEnds(this.env.ends.get(at));
    this.env.ends.putSync(at, encodeEnds(trimTo(this.env.log, topic, partition, ends, before)));
  }

  private retain(topic: TopicEntry, partition: number, ends: Ends): Ends {
    const limit = this.settings.maxRecordsPerPartition;
    if (limit === undefined) return ends;
    if (!topic.compacted) return trimTo(this.env.log, topic, partition, ends, ends.end - limit);
    return ends.held > Math.max(limit, ends.compactAt) ? compact(this.env.log, topic, partition, ends) : ends;
  }
}
