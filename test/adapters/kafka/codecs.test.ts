import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lz4Codec, snappyCodec, zstdCodec } from '../../../src/adapters/kafka/codecs';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { describeWithKafka } from '../../support/services';
import { makeTopics, silent, testSettings, text } from './cluster';

const sample = Buffer.from(Array.from({ length: 500 }, (_, i) => `order ${i % 17} of customer ${i}; `).join(''));

describe('codecs', () => {
  it.each([
    ['snappy', snappyCodec],
    ['lz4', lz4Codec],
  ])('%s gives back what it packed, smaller', (_, codec) => {
    const packed = codec.compress(sample);
    expect(packed.length).toBeLessThan(sample.length);
    expect(Buffer.from(codec.decompress(packed)).equals(sample)).toBe(true);
  });

  it("snappy reads the framing of Java's producers", () => {
    const halves = [sample.subarray(0, 4000), sample.subarray(4000)];
    const chunks = halves.flatMap((half) => {
      const block = snappyCodec.compress(half);
      const length = Buffer.alloc(4);
      length.writeInt32BE(block.length);
      return [length, block];
    });
    const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(Buffer.from(snappyCodec.decompress(Buffer.concat([header, ...chunks]))).equals(sample)).toBe(true);
  });

  it('zstd without a Node that has it refuses to compress and says why', () => {
    expect(() => zstdCodec({}).compress(sample)).toThrow(/Node 22\.15/);
  });

  it('zstd uses the one of Node where it is there', () => {
    const native = { zstdCompressSync: () => Buffer.from('packed'), zstdDecompressSync: () => sample };
    expect(Buffer.from(zstdCodec(native).compress(sample)).toString()).toBe('packed');
    expect(zstdCodec(native).decompress(Buffer.from('packed'))).toBe(sample);
  });
});

const hasKcat = (process.env.PATH ?? '').split(':').some((dir) => existsSync(`${dir}/kcat`));

function kcat(args: readonly string[], input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('kcat', args, { stdio: ['pipe', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`kcat ended with ${code}`))));
    child.stdin.end(input);
  });
}

describeWithKafka('records of a librdkafka producer', () => {
  const maybe = hasKcat ? it : it.skip;
  maybe.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('are read where it compressed with %s', async (codec) => {
    const [topic] = (await makeTopics([`codec-${codec}`], 1)) as [string];
    const lines = Array.from({ length: 2_000 }, (_, i) => `${codec} ${i} ${'abc'.repeat(i % 30)}`);
    const brokers = testSettings().brokers.join(',');
    await kcat(['-P', '-b', brokers, '-t', topic, '-p', '0', '-z', codec], `${lines.join('\n')}\n`);
    const reader = new KafkaLogReader(testSettings(), silent);
    const values: (string | null)[] = [];
    await reader.readToEnd([{ topic, partition: 0, offset: 0 }], async ({ records }) => {
      values.push(...records.map(({ value }) => text(value)));
    });
    await reader.close();
    expect(values).toEqual(lines);
  });
});
