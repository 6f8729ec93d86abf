import { execFileSync, spawnSync } from 'node:child_process';
import { systemClock } from '../../src/adapters/system/clock';
import { openSchemas } from '../../src/cli/compose/codecs';
import { openScorer } from '../../src/cli/compose/scorer';
import { passes } from '../../src/domain/audit/audit';
import { crc32Partition, murmur2Partition } from '../../src/domain/math/hash';
import { combineObservers } from '../../src/observability/combine-observers';
import { createPrometheusObserver } from '../../src/observability/prometheus-observer';
import { type Deployment, openDeployment } from '../support/deployment';
import { type Notice, quietObserver } from '../support/quiet-observer';
import { describeWithKafkaAndRedis } from '../support/services';

const hasKcat = spawnSync('kcat', ['-V']).status === 0;
if (!hasKcat && process.env.CI === 'true') throw new Error('no kcat on this machine: scripts/ci-services installs it');
const withKcat: typeof describeWithKafkaAndRedis = hasKcat
  ? describeWithKafkaAndRedis
  : (title, body) => describe.skip(`${title} (skipped: no kcat; scripts/ci-services installs it)`, body);

const CUSTOMERS = Array.from({ length: 60 }, (_, n) => `customer-${n}`);
const bytes = (text: string) => new TextEncoder().encode(text);
const isMisplaced = (id: string) => crc32Partition(bytes(id), 3) !== murmur2Partition(bytes(id), 3);

/** Clicks as librdkafka sends them: JSON, keyed by the customer, at the partition that its default partitioner chooses. */
function produceByKcat(deployment: Deployment): void {
  const [, clicks] = deployment.platform.topics.inputs;
  const lines = CUSTOMERS.map((customerId, n) => {
    const click = { eventId: `k${n}`, customerId, eventTime: '2024-03-01T10:00:00Z', target: 'shoe' };
    return `${customerId}:${JSON.stringify(click)}\n`;
  });
  const brokers = deployment.settings.KAFKA_BROKERS.join(',');
  execFileSync('kcat', ['-P', '-b', brokers, '-t', clicks, '-K:'], { input: lines.join('') });
}

withKcat('a producer that partitions as librdkafka does', () => {
  test('is found, counted by topic, and named with the setting that fits, if murmur2 is declared', async () => {
    const deployment = await openDeployment('kafka', { CLV_MAX_IDLE_MS: '100' });
    const notices: Notice[] = [];
    const prometheus = createPrometheusObserver({ nowMs: () => Date.now(), ready: () => true });
    const observer = combineObservers(prometheus, quietObserver(notices));
    const { platform, settings } = deployment;
    const schemas = await openSchemas(platform);
    const scorer = openScorer({ platform, settings, partitions: 3, schemas, observer, clock: systemClock });
    try {
      produceByKcat(deployment);
      await scorer.start();
      await deployment.drained();
      const misplaced = CUSTOMERS.filter(isMisplaced);
      expect(misplaced.length).toBeGreaterThan(20);
      const letters = await deployment.deadLetters();
      expect(letters.map(({ key }) => new TextDecoder().decode(key!)).sort()).toEqual(misplaced.sort());
      expect(new Set(letters.map(({ reason }) => reason))).toEqual(new Set(['wrong-partition']));
      const clicks = platform.topics.inputs[1];
      expect((await prometheus.scrape()).body).toContain(
        `clv_copartition_mismatch_total{topic="${clicks}"} ${misplaced.length}`,
      );
      const logged = notices.filter(({ message }) => message.includes('wrong-partition'));
      expect(logged).toHaveLength(1);
      expect(logged[0]!.message).toContain(
        `topic ${clicks}: its producer does not partition by customerId with murmur2`,
      );
      expect(logged[0]!.message).toContain('set CLV_PARTITIONER=crc32');
      expect((await deployment.audit()).every(passes)).toBe(true);
    } finally {
      await scorer.stop();
      prometheus.close();
      await deployment.close();
    }
  });

  test('is accepted whole if crc32 is declared', async () => {
    const deployment = await openDeployment('kafka', { CLV_MAX_IDLE_MS: '100', CLV_PARTITIONER: 'crc32' });
    try {
      produceByKcat(deployment);
      await deployment.startScorer();
      await deployment.drained();
      expect(await deployment.deadLetters()).toEqual([]);
      expect((await deployment.updates()).map(({ customerId }) => customerId).sort()).toEqual([...CUSTOMERS].sort());
      expect(deployment.notices.filter(({ message }) => message.includes('partition by customerId'))).toEqual([]);
    } finally {
      await deployment.close();
    }
  });
});
