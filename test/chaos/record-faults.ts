import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { murmur2Partition } from '../../src/domain/math/hash';
import type { Deployment } from '../support/deployment';
import { pauseMs } from '../support/process';
import type { Fault } from './faults';

/** Records that a broker takes without a word and that a reader may choke on. kcat writes them, with librdkafka's codecs. */

type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

const MEBIBYTE = 1024 * 1024;
/** What each codec makes less than a mebibyte of, which brokers take by default. */
const BOMB_BYTES: Readonly<Record<Exclude<Codec, 'none'>, number>> = {
  gzip: 300 * MEBIBYTE,
  snappy: 15 * MEBIBYTE,
  lz4: 150 * MEBIBYTE,
  zstd: 300 * MEBIBYTE,
};
const CODECS = Object.keys(BOMB_BYTES) as (keyof typeof BOMB_BYTES)[];
/** Each becomes a dead letter, so that more would test the patience of whoever waits for the drain. */
const MANY_RECORDS = 30_000;
const PATIENCE_MS = 180_000;

export const RECORD_FAULTS = {
  'one record that decompresses to hundreds of megabytes': async ({ deployment, random }) => {
    const codec = CODECS[Math.floor(random() * CODECS.length)]!;
    const place = placeOf(deployment, random);
    await produce(deployment, place, codec, Buffer.alloc(BOMB_BYTES[codec], 'a'));
    return `${BOMB_BYTES[codec] / MEBIBYTE} MiB by ${codec} to ${place.topic} ${place.partition}`;
  },
  'a batch of very many records': async ({ deployment, random }) => {
    const codec = CODECS[Math.floor(random() * CODECS.length)]!;
    const place = placeOf(deployment, random);
    await produce(deployment, place, codec, Buffer.from('x\n'.repeat(MANY_RECORDS)), true);
    return `${MANY_RECORDS} by ${codec} to ${place.topic} ${place.partition}`;
  },
  'a record as large as the broker takes': async ({ deployment, random }) => {
    const garbage = Buffer.from(Array.from({ length: 1_048_400 }, () => Math.floor(256 * random())));
    const place = placeOf(deployment, random);
    await produce(deployment, place, 'none', garbage);
    return `${garbage.length} bytes to ${place.topic} ${place.partition}`;
  },
  'a record of 6 MB that gzip makes small': async ({ deployment, random }) => {
    const place = placeOf(deployment, random);
    await produce(deployment, place, 'gzip', Buffer.alloc(6_000_000, 'no record '));
    return `to ${place.topic} ${place.partition}`;
  },
  'two orders whose sum no number holds exactly': async ({ deployment, random }) => {
    const customerId = `rich-${Math.floor(1e9 * random())}`;
    await patiently(() => deployment.write([0, 1].map((i) => richOrder(deployment, customerId, i))));
    return `of ${customerId}`;
  },
} as const satisfies Record<string, Fault>;

interface Place {
  readonly topic: string;
  readonly partition: number;
}

function placeOf({ platform, settings }: Deployment, random: () => number): Place {
  const topic = platform.topics.inputs[Math.floor(3 * random())]!;
  return { topic, partition: Math.floor(settings.CLV_PARTITIONS * random()) };
}

function richOrder({ platform, settings }: Deployment, customerId: string, i: number) {
  const order = {
    orderId: `${customerId}-${i}`,
    customerId,
    status: 'placed',
    eventTime: '2024-03-01T10:00:00Z',
    amountMinor: 9e15,
    currency: settings.CLV_CURRENCY,
    items: 1,
  };
  const key = Buffer.from(customerId);
  return {
    topic: platform.topics.inputs[0]!,
    partition: murmur2Partition(key, settings.CLV_PARTITIONS),
    key,
    value: Buffer.from(JSON.stringify(order)),
    timestampMs: Date.now(),
  };
}

/** Again while no broker is up: another lane may have killed it. Written twice does no harm here. */
async function patiently(write: () => Promise<unknown>): Promise<void> {
  for (const endMs = Date.now() + PATIENCE_MS; ; await pauseMs(1_000)) {
    try {
      await write();
      return;
    } catch (error) {
      if (Date.now() > endMs) throw error;
    }
  }
}

/** Content as one record, or a record per line in as few batches as the producer can. */
async function produce(
  { settings }: Deployment,
  { topic, partition }: Place,
  codec: Codec,
  content: Buffer,
  byLine = false,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'clv-bomb-'));
  try {
    const file = join(folder, 'content');
    writeFileSync(file, content);
    const options = [
      'message.max.bytes=1000000000',
      'batch.size=100000000',
      'batch.num.messages=1000000',
      `linger.ms=${byLine ? 1_000 : 0}`,
      'message.timeout.ms=120000',
      'queue.buffering.max.messages=1000000',
      'queue.buffering.max.kbytes=2000000',
    ].flatMap((option) => ['-X', option]);
    const brokers = settings.KAFKA_BROKERS.join(',');
    const args = ['-P', '-b', brokers, '-t', topic, '-p', `${partition}`, '-z', codec, ...options];
    await patiently(() => promisify(execFile)('kcat', [...args, ...(byLine ? ['-l'] : []), file]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
