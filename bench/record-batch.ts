/**
 * Measures how long records take to become a record batch: kafkajs' encoder and ours in the same run, and their checksum. Medians of
 * rounds in turn. `npm run bench -- record-batch [ROUNDS]`
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { batchRoom, writeBatch } from '../src/adapters/kafka/record-batch-writer';
import type { OutgoingRecord } from '../src/ports/log';
import { crc32c } from '../src/serde/crc32c';

export const SHORT = ['1'];

const RECORDS = 500;
const VALUE_BYTES = 402;
const ORIGIN = { producerId: 4_711n, producerEpoch: 3, firstSequence: 12, isTransactional: true };

/** kafkajs' Produce request, version 3; later versions have the same body. */
type KafkajsProduce = (options: object) => { encode(): Promise<{ buffer: Buffer }> };

function kafkajsProduce(): KafkajsProduce {
  const load = createRequire(__filename);
  return load(join(load.resolve('kafkajs/package.json'), '..', 'src/protocol/requests/produce/v3/request.js'));
}

function makeRecords(): OutgoingRecord[] {
  const headers = { 'clv-emitted': 'clv-stream#AbCdEfGh 12345678,12345678,12345678,12345678' };
  return Array.from({ length: RECORDS }, (_, index) => ({
    topic: 'clv-updates',
    partition: 0,
    key: Buffer.from(`customer-${index}`),
    value: Buffer.alloc(VALUE_BYTES, index),
    timestampMs: 1_700_000_000_000,
    headers,
  }));
}

async function microseconds(work: () => unknown): Promise<number> {
  const start = process.hrtime.bigint();
  let runs = 0;
  for (; runs < 5 || process.hrtime.bigint() - start < 100_000_000n; runs++) await work();
  return Number(process.hrtime.bigint() - start) / 1_000 / runs;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

export async function main([rounds = '7']: readonly string[]): Promise<void> {
  const records = makeRecords();
  const messages = records.map(({ key, value, timestampMs, headers }) => {
    return { key, value, timestamp: `${timestampMs}`, headers };
  });
  const theirs = kafkajsProduce();
  const topicData = [{ topic: 'clv-updates', partitions: [{ partition: 0, firstSequence: 12, messages }] }];
  const request = { acks: -1, timeout: 30_000, transactionalId: 'clv-0', producerId: 4_711, producerEpoch: 3 };
  const checked = Buffer.alloc(RECORDS * VALUE_BYTES, 7);
  const parts = {
    kafkajs: () => theirs({ ...request, topicData }).encode(),
    ours: () => writeBatch(Buffer.allocUnsafe(batchRoom(records)), 0, records, ORIGIN),
    checksum: () => crc32c(checked),
  };
  const times = { kafkajs: [] as number[], ours: [] as number[], checksum: [] as number[] };
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, work] of Object.entries(parts) as [keyof typeof parts, () => unknown][]) {
      times[name].push((await microseconds(work)) / RECORDS);
    }
  }
  const [kafkajs, ours, checksum] = [median(times.kafkajs), median(times.ours), median(times.checksum)];
  console.log(
    `${RECORDS} records of ${VALUE_BYTES} bytes with one header, node ${process.version}, median of ${rounds}:`,
  );
  console.log(`  kafkajs     ${kafkajs.toFixed(2)} µs a record`);
  console.log(
    `  ours        ${ours.toFixed(2)} µs a record: kafkajs takes ${(kafkajs / ours).toFixed(1)} times as long`,
  );
  console.log(`  checksum    ${((checksum * 1_000) / VALUE_BYTES).toFixed(2)} ns a byte`);
}
