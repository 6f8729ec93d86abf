import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulatedHistory } from '../../src/cli/fit/history';
import { topicHistoryContract } from '../contracts/topic-history-contract';
import { runCommand } from '../support/cli';
import { describeWithKafkaAndRedis } from '../support/services';

describe('the history of the topics on the embedded store', () => topicHistoryContract('embedded'));
describeWithKafkaAndRedis('the history of the topics on Kafka', () => topicHistoryContract('kafka'));

describe('clv-stream fit --from-topics', () => {
  test('learns the same from the topics as from the event file that was replayed into them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'clv-fit-'));
    try {
      let lastS = 0;
      const rows = [...simulatedHistory(60, 150, 4).events].map((event) => {
        // One event a second: how customers' events interleave within one is not the same in files and in partitions.
        lastS = Math.max(event.timeS, lastS + 1);
        return `${event.customerId},${new Date(lastS * 1000).toISOString()},${event.kind},${event.amountMinor / 100}`;
      });
      const file = join(folder, 'shop.csv');
      writeFileSync(file, ['customer_id,ts,kind,amount', ...rows].join('\n'));
      const environment = { CLV_HOME: join(folder, 'home'), CLV_PARTITIONS: '3', CLV_CURRENCY: 'GBP' };
      const fitted = (...from: string[]) => {
        const options = ['--epochs', '1', '--backend', 'wasm', '--force', '--json', '--out', join(folder, 'out')];
        const { code, stdout, stderr } = runCommand(['fit', ...from, ...options], environment);
        if (code !== 0) throw new Error(stderr);
        return JSON.parse(stdout);
      };
      expect(runCommand(['replay', '--events', file], environment).code).toBe(0);
      const fromTopics = fitted('--from-topics');
      const fromFile = fitted('--events', file, '--currency', 'GBP');
      expect(fromTopics.metrics.events).toBe(rows.length);
      expect(fromTopics.metrics).toEqual(fromFile.metrics);
      expect(fromTopics.settings).toEqual(fromFile.settings);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a faulty setting is reported as in other commands', () => {
    const { code, stderr } = runCommand(['fit', '--from-topics', '--out', 'x'], { CLV_PARTITIONS: '0' });
    expect(code).toBe(2);
    expect(stderr).toContain('CLV_PARTITIONS=0');
  });
});
