import { registerOutputs } from '../../src/cli/compose/register-outputs';
import { passes } from '../../src/domain/audit/audit';
import { murmur2Partition } from '../../src/domain/math/hash';
import type { OutgoingRecord } from '../../src/ports/log';
import { CLICK, ORDER, parseSchema } from '../../src/serde/contracts';
import { schemaIdOf } from '../../src/serde/foreign-schema';
import { startCommand } from '../support/cli';
import { environmentOf } from '../support/cli-process';
import { type Deployment, type DeploymentKind, openDeployment } from '../support/deployment';
import { until } from '../support/process';
import { describeWithKafkaAndRedis } from '../support/services';
import { StandInRegistry } from '../support/stand-in-registry';

const NOW = Date.now();
const CUSTOMER = 'ann';
const PARTITION = murmur2Partition(Buffer.from(CUSTOMER), 3);
const NULLABLE = JSON.stringify({
  type: 'record',
  name: 'KsqlDataSourceSchema',
  namespace: 'io.shop',
  fields: (JSON.parse(ORDER.text).fields as { name: string; type: unknown }[]).map(({ name, type }) => ({
    name,
    type: name === 'status' ? ['null', 'string'] : Array.isArray(type) ? type : ['null', type],
    default: null,
  })),
});
const JSON_SCHEMA = '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}';

const order = (orderId: string) => ({
  status: 'placed',
  orderId,
  customerId: CUSTOMER,
  eventTime: NOW,
  amountMinor: 4_250,
  currency: 'EUR',
  items: 2,
  eventId: null,
});

function framed(id: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, body]);
}

const avro = (id: number, text: string, record: object) => framed(id, parseSchema(text).toBuffer(record));

/** Schema ids on a topic, in the order of the log. */
async function idsOn({ platform }: Deployment, topic: string): Promise<(number | null)[]> {
  const ids: (number | null)[] = [];
  const positions = [0, 1, 2].map((partition) => ({ topic, partition, offset: 0 }));
  await platform.reader().readToEnd(positions, async ({ records }) => {
    for (const { value } of records) ids.push(schemaIdOf(value));
  });
  return ids;
}

function onA(kind: DeploymentKind): void {
  let registry: StandInRegistry;
  let deployment: Deployment;

  beforeEach(async () => {
    // Its own ids are those of this program: the first schemas of a new registry.
    registry = new StandInRegistry({ firstId: 1 });
    registry.add('shop-orders-value', { schema: NULLABLE }, 2_147_483_650);
    registry.add('shop-orders-value', { schema: JSON_SCHEMA, schemaType: 'JSON' }, 17);
    registry.add('shop-orders-value', { schema: ORDER.text }, 3);
    deployment = await openDeployment(kind, {
      SCHEMA_REGISTRY_URL: await registry.start(),
      CLV_MAX_IDLE_MS: '50',
      CLV_SCHEMA_WAIT_SECONDS: '0',
    });
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await deployment.close();
    await registry.stop();
  });

  const write = (values: readonly [string, Uint8Array][]): Promise<void> => {
    const records: OutgoingRecord[] = values.map(([topic, value]) => {
      return { topic, partition: PARTITION, key: Buffer.from(CUSTOMER), value, timestampMs: NOW };
    });
    return deployment.write(records);
  };

  test('records of any id are read, outputs carry the ids of the registry, and the audit passes', async () => {
    const { settings, platform } = deployment;
    expect(await registerOutputs(platform, settings)).toBe(true);
    await deployment.startScorer();
    const [orders, clicks] = platform.topics.inputs;
    const click = { eventId: 'c-1', customerId: CUSTOMER, eventTime: NOW, target: null };
    await write([
      [orders, avro(2_147_483_650, NULLABLE, order('o-1'))],
      [orders, framed(17, Buffer.from(JSON.stringify(order('o-2'))))],
      [orders, avro(3, ORDER.text, order('o-3'))],
      [orders, Buffer.from(JSON.stringify(order('o-4')))],
      [orders, avro(404, ORDER.text, order('o-5'))],
      [orders, avro(2_147_483_650, NULLABLE, { ...order('o-6'), amountMinor: null })],
      // The registry has given this program's own id of clicks to its dead letters.
      [clicks, avro(CLICK.id, CLICK.text, click)],
    ]);
    await deployment.drained();
    const letters = await deployment.deadLetters();
    const refused = letters.map(({ topic, offset, reason }) => `${topic} ${offset} ${reason}`);
    expect(refused.sort()).toEqual(
      [`${orders} 4 unknown-schema`, `${orders} 5 undecodable`, `${clicks} 0 undecodable`].sort(),
    );
    expect(await deployment.updates()).toHaveLength(4);
    const { updates, deadLetters } = platform.topics;
    for (const topic of [updates, deadLetters]) {
      const { id } = registry.latest(`${topic}-value`)!;
      expect(new Set(await idsOn(deployment, topic))).toEqual(new Set([id]));
    }
    expect((await deployment.audit()).every(passes)).toBe(true);

    registry.add('shop-orders-value', { schema: ORDER.text }, 404);
    // runCommand would block this process, which answers as the schema registry.
    const running = startCommand(
      ['dead-letters', 'replay', '--reason', 'unknown-schema', '--write'],
      environmentOf(settings),
    );
    expect((await running.finished).stdout).toMatch(/1 written, 0 were written before, 0 left/);
  });

  test('a record whose schema is not known yet waits while the registry is away; it is no dead letter', async () => {
    const { settings, platform } = deployment;
    await registerOutputs(platform, settings);
    await deployment.startScorer();
    registry.outage = 503;
    const [orders] = platform.topics.inputs;
    await write([
      [orders, avro(2_147_483_650, NULLABLE, order('o-1'))],
      [orders, Buffer.from(JSON.stringify(order('o-2')))],
    ]);
    await until('it is reported', () => deployment.notices.some(({ message }) => message.includes('waited')));
    expect(deployment.notices.find(({ message }) => message.includes('waited'))).toMatchObject({
      level: 'error',
      message: expect.stringMatching(/schema id 2147483650: the schema registry is away: .*503/),
    });
    expect(await deployment.updates()).toEqual([]);
    registry.outage = null;
    await deployment.drained();
    expect(await deployment.deadLetters()).toEqual([]);
    expect(await deployment.updates()).toHaveLength(2);
  });

  test('a scorer waits until the output schemas are registered, and says what to run', async () => {
    const started = deployment.startScorer();
    await until('it is reported', () => deployment.notices.some(({ message }) => message.includes('setup --register')));
    await registerOutputs(deployment.platform, deployment.settings);
    await started;
  });
}

describe('on the embedded store', () => onA('embedded'));
describeWithKafkaAndRedis('on Kafka and Redis', () => onA('kafka'));
