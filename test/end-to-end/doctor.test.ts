import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../src/cli/doctor/finding';
import { partitionOf } from '../../src/serde/event-rules';
import { runCommand } from '../support/cli';
import { environmentOf } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { describeWithKafkaAndRedis } from '../support/services';

interface Examined {
  readonly code: number | null;
  readonly worst: string;
  of(check: string): Finding[];
}

function examine(environment: Record<string, string>): Examined {
  const { code, stdout, stderr } = runCommand(['doctor', '--json'], environment);
  const lines = stdout.trim().split('\n');
  if (lines.length !== 1) throw new Error(stdout + stderr);
  const { worst, findings } = JSON.parse(lines[0]!) as { worst: string; findings: Finding[] };
  return { code, worst, of: (check) => findings.filter((each) => each.check === check) };
}

const LEVELS = { ok: 0, warning: 3, fault: 1 } as const;

describeWithKafkaAndRedis('clv-stream doctor on Kafka', () => {
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await openDeployment('kafka');
  });
  afterEach(() => deployment.close());
  const environment = () => environmentOf(deployment.settings);

  async function write(place: (id: string) => number, value: (id: string) => object): Promise<void> {
    const ids = Array.from({ length: 30 }, (_, i) => `c${i}`);
    const encode = (text: string) => new TextEncoder().encode(text);
    await deployment.write(
      ids.map((id) => ({
        topic: deployment.platform.topics.inputs[0],
        partition: place(id),
        key: encode(id),
        value: encode(JSON.stringify(value(id))),
        timestampMs: Date.now(),
      })),
    );
  }
  const order = (id: string) => ({
    orderId: `o-${id}`,
    customerId: id,
    status: 'placed',
    eventTime: new Date().toISOString(),
    amountMinor: 4250,
    currency: 'EUR',
    items: 2,
  });

  test('finds nothing wrong with the topics, brokers and records of a deployment', async () => {
    await write((id) => partitionOf(id, 3, 'murmur2'), order);
    const { code, worst, of } = examine(environment());
    for (const check of [
      'store',
      'brokers',
      'versions',
      'topics',
      'partitioner',
      'records',
      'registry',
      'clock',
      'model',
    ])
      expect(of(check)).toMatchObject([{ level: 'ok', fix: null }]);
    // The Redis of the tests keeps nothing on its disk.
    expect(of('redis').every(({ level }) => level !== 'fault')).toBe(true);
    expect(code).toBe(LEVELS[worst as keyof typeof LEVELS]);
  });

  test("names the setting for producers of another client, and a record's fault", async () => {
    await write(
      (id) => partitionOf(id, 3, 'crc32'),
      (id) => ({ ...order(id), currency: 'USD' }),
    );
    const { of } = examine(environment());
    expect(of('partitioner')).toMatchObject([
      { level: 'warning', fix: expect.stringContaining('CLV_PARTITIONER=crc32') },
    ]);
    expect(of('records')).toMatchObject([
      { level: 'warning', finding: expect.stringMatching(/30 of the 30 newest .*USD/) },
    ]);
  });

  test('reports what setup reports, and creates nothing', async () => {
    const other = { ...environment(), CLV_PARTITIONS: '5', CLV_TOPIC_MODELS: `${deployment.settings.CLV_APP}-none` };
    const { code, of } = examine(other);
    expect(code).toBe(1);
    const findings = of('topics');
    expect(findings[0]).toMatchObject({ level: 'fault', fix: 'run clv-stream setup' });
    expect(findings.filter(({ finding }) => /has 3 partitions, but 5 are configured/.test(finding))).toHaveLength(8);
    expect(examine(other).of('topics')).toEqual(findings);
  });

  test('goes on if one server is away, and names it without the password', () => {
    const { code, of } = examine({ ...environment(), REDIS_URL: 'redis://user:hunter2@127.0.0.1:1' });
    expect(code).toBe(1);
    expect(of('redis')).toMatchObject([{ level: 'fault', finding: expect.stringContaining('127.0.0.1:1') }]);
    expect(JSON.stringify(of('redis'))).not.toContain('hunter2');
    expect(of('topics')).toMatchObject([{ level: 'ok' }]);
    const away = examine({ ...environment(), KAFKA_BROKERS: '127.0.0.1:1' });
    expect(away.of('brokers')).toMatchObject([{ level: 'fault', finding: expect.stringContaining('127.0.0.1:1') }]);
    expect(away.of('redis').every(({ level }) => level !== 'fault')).toBe(true);
  });
});

describe('clv-stream doctor without Kafka', () => {
  test('says that there is no store, and creates none', () => {
    const home = mkdtempSync(join(tmpdir(), 'clv-doctor-'));
    try {
      const { code, of } = examine({ CLV_HOME: home });
      expect(code).toBe(3);
      expect(of('topics')).toMatchObject([{ level: 'warning', fix: expect.stringContaining('KAFKA_BROKERS') }]);
      expect(readdirSync(home)).toEqual([]);
      runCommand(['setup'], { CLV_HOME: home });
      expect(examine({ CLV_HOME: home }).of('topics')).toMatchObject([{ level: 'ok' }]);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});
