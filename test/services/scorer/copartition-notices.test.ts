import type { Clock } from '../../../src/ports/clock';
import { type PartitionHash, partitionOf } from '../../../src/serde/event-rules';
import { CopartitionNotices } from '../../../src/services/scorer/copartition-notices';
import { type Notice, quietObserver } from '../../support/quiet-observer';

const PARTITIONS = 7;

/** Keys that one hash places in a partition, and the other does not. */
function keysOf(hash: PartitionHash, partition: number, count: number): Uint8Array[] {
  const other = hash === 'crc32' ? 'murmur2' : 'crc32';
  const keys: Uint8Array[] = [];
  for (let i = 0; keys.length < count; i++) {
    const id = `customer ${i}`;
    const here = partitionOf(id, PARTITIONS, hash) === partition && partitionOf(id, PARTITIONS, other) !== partition;
    if (here) keys.push(new TextEncoder().encode(id));
  }
  return keys;
}

function stage(partitioner: PartitionHash = 'murmur2') {
  const notices: Notice[] = [];
  let nowS = 1_000;
  const clock = { elapsedS: () => nowS } as Clock;
  const copartition = new CopartitionNotices(quietObserver(notices), clock, PARTITIONS, partitioner);
  const log = (keys: readonly (Uint8Array | null)[], topic = 'orders', partition = 3) => {
    const before = notices.length;
    copartition.log(partition, new Map([[topic, keys]]));
    return notices.slice(before);
  };
  const pass = (seconds: number) => {
    nowS += seconds;
  };
  return { log, pass };
}

describe('notices of records in a partition that is not their own', () => {
  test('name topic, partition, setting and number of records', () => {
    const [notice, ...others] = stage().log(keysOf('crc32', 3, 5));
    expect(others).toEqual([]);
    expect(notice).toMatchObject({ level: 'warn', detail: { topic: 'orders', partition: 3, records: 5 } });
    expect(notice!.message).toContain('topic orders: its producer does not partition by customerId with murmur2');
  });

  test('name the hash that would fit, if one other than the setting fits all keys', () => {
    const fix = 'The keys are placed by crc32: if all producers use it, set CLV_PARTITIONER=crc32.';
    const crc = keysOf('crc32', 3, 4);
    expect(stage().log(crc)[0]!.message).toContain(fix);
    const declare = "Key every record by customerId, or set CLV_PARTITIONER to the producer's hash.";
    expect(stage('crc32').log(crc)[0]!.message).toContain(declare);
    expect(stage().log([...crc, ...keysOf('murmur2', 3, 1)])[0]!.message).toContain(declare);
    expect(stage().log(crc, 'orders', 4)[0]!.message).toContain(declare);
  });

  test('ask for a key if one is missing', () => {
    const [notice] = stage().log([...keysOf('crc32', 3, 2), null]);
    expect(notice!.message).toMatch(/\(wrong-partition\)\. Key every record by customerId\.$/);
  });

  test('come once a minute for each topic, with what was seen meanwhile', () => {
    const { log, pass } = stage();
    const keys = keysOf('crc32', 3, 2);
    expect(log(keys)).toHaveLength(1);
    pass(30);
    expect(log(keys)).toEqual([]);
    expect(log(keys, 'clicks')).toHaveLength(1);
    pass(29);
    expect(log(keys)).toEqual([]);
    pass(1);
    expect(log(keys)).toMatchObject([{ detail: { topic: 'orders', records: 6 } }]);
    pass(60);
    expect(log(keys)).toMatchObject([{ detail: { records: 2 } }]);
  });
});
