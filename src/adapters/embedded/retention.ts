import type { Table } from './environment';
import { decodeRecord, type Ends, logKey, offsetOfLogKey, type TopicEntry } from './layout';

/** Drops the records below `before` and moves the start there. Only inside a write transaction. */
export function trimTo(log: Table, topic: TopicEntry, partition: number, ends: Ends, before: number): Ends {
  const start = Math.min(before, ends.end);
  if (start <= ends.start) return ends;
  const range = { start: logKey(topic.id, partition, ends.start), end: logKey(topic.id, partition, start) };
  const keys = [...log.getKeys(range)];
  for (const key of keys) log.removeSync(key);
  return { ...ends, start, held: ends.held - keys.length };
}

/**
 * Drops each record that a later one of the same key replaces. As in Kafka, the other records keep their offsets, and the start does not
 * move. It reads the whole partition, so it runs only when the partition has doubled: in the long run, the cost per append is constant.
 */
export function compact(log: Table, topic: TopicEntry, partition: number, ends: Ends): Ends {
  const newest = new Map<string, number>();
  const replaced: number[] = [];
  const range = { start: logKey(topic.id, partition, ends.start), end: logKey(topic.id, partition, ends.end) };
  for (const { key, value } of log.getRange(range)) {
    const offset = offsetOfLogKey(key);
    const record = decodeRecord(offset, value);
    if (record.key === null) continue;
    const id = Buffer.from(record.key).toString('latin1');
    const older = newest.get(id);
    if (older !== undefined) replaced.push(older);
    newest.set(id, offset);
  }
  for (const offset of replaced) log.removeSync(logKey(topic.id, partition, offset));
  const held = ends.held - replaced.length;
  return { ...ends, held, compactAt: 2 * held };
}
