import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { describeWithKafka } from '../../support/services';
import { makeTopics, silent, testSettings, text } from './cluster';

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
