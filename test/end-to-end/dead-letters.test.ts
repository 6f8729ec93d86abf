import { passes } from '../../src/domain/audit/audit';
import { CUSTOMERS_TOPIC } from '../../src/domain/event';
import { murmur2Partition } from '../../src/domain/math/hash';
import type { LogRecord } from '../../src/ports/log';
import { EventEncoder } from '../../src/serde/event-encoder';
import { PROVENANCE_HEADER } from '../../src/services/dead-letters/dead-letters';
import { runCommand, startCommand } from '../support/cli';
import { environmentOf } from '../support/cli-process';
import { type Deployment, type DeploymentKind, openDeployment } from '../support/deployment';
import { anEvent } from '../support/events';
import { describeWithKafkaAndRedis } from '../support/services';

const encoder = new EventEncoder('EUR');
const bytes = (text: string) => new TextEncoder().encode(text);
const WRITTEN_AT_MS = 1_712_000_000_000;

/** An order of a customer, in the partition it belongs to or beside it. */
function orderOf(deployment: Deployment, customerId: string, n: number, beside = 0) {
  const { value } = encoder.encodeEvent(anEvent({ customerId, eventId: `e${n}`, timeS: 1_709_000_000 + n }));
  const partition = (murmur2Partition(bytes(customerId), 3) + beside) % 3;
  const [topic] = deployment.platform.topics.inputs;
  return { topic, partition, key: bytes(customerId), value, timestampMs: WRITTEN_AT_MS + n };
}

async function recordsOf(deployment: Deployment, partition: number): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  const [topic] = deployment.platform.topics.inputs;
  await deployment.platform.reader().readToEnd([{ topic, partition, offset: 0 }], async ({ records }) => {
    found.push(...records);
  });
  return found;
}

function suite(kind: DeploymentKind): void {
  test('a profile is not written again over a later one of its customer, nor twice', async () => {
    const deployment = await openDeployment(kind, { CLV_MAX_IDLE_MS: '100' });
    try {
      const environment = environmentOf(deployment.settings);
      const replay = () => runCommand(['dead-letters', 'replay', '--write'], environment).stdout;
      const profileOf = (customerId: string, region: string, n: number, beside = 0) => {
        const attributes = { ageBand: null, region, channel: null };
        const { value } = encoder.encodeEvent(anEvent({ kind: 'profile', customerId, attributes }));
        const { partition, key, timestampMs } = orderOf(deployment, customerId, n, beside);
        return { topic: deployment.platform.topics.inputs[CUSTOMERS_TOPIC]!, partition, key, value, timestampMs };
      };
      // Before and behind the partition that each belongs to.
      const replaced = ['ann', 'cid', 'dan', 'eve', 'fay'];
      await deployment.write([
        ...replaced.flatMap((customerId) => [profileOf(customerId, 'old', 1, 1), profileOf(customerId, 'old', 2, 2)]),
        profileOf('bob', 'only', 2, 1),
        ...replaced.map((customerId) => profileOf(customerId, 'new', 3)),
      ]);
      await deployment.startScorer();
      await deployment.drained();
      expect(await deployment.deadLetters()).toHaveLength(11);
      const first = replay();
      expect(first).toMatch(/1 written, 0 were written before, 10 left/);
      expect(first).toMatch(/left: customer ann has a later record at \d@\d+/);
      await deployment.drained();
      await deployment.write([profileOf('bob', 'newer', 4)]);
      await deployment.drained();
      expect(replay()).toMatch(/0 written, 1 were written before, 10 left/);
      const states = await deployment.states();
      for (const customerId of replaced) expect(states.get(customerId)!.profile!.attributes!.region).toBe('new');
      expect(states.get('bob')!.profile!.attributes!.region).toBe('newer');
    } finally {
      await deployment.close();
    }
  });

  test('replays started at the same time write each letter once between them', async () => {
    const deployment = await openDeployment(kind, { CLV_MAX_IDLE_MS: '100' });
    try {
      const environment = environmentOf(deployment.settings);
      const misplaced = Array.from({ length: 1_200 }, (_, n) => orderOf(deployment, `customer-${n}`, n, 1));
      await deployment.write(misplaced);
      await deployment.startScorer();
      await deployment.drained();
      const replays = [1, 2, 3].map(() => startCommand(['dead-letters', 'replay', '--write'], environment));
      const ended = await Promise.all(replays.map((running) => running.finished));
      // Whoever came last was fenced by nobody.
      expect(ended.some(({ code }) => code === 0)).toBe(true);
      for (const { code, stderr } of ended)
        if (code !== 0) expect(stderr).toMatch(/another process has opened the writer/);
      runCommand(['dead-letters', 'replay', '--write'], environment);
      const written = [];
      for (const partition of [0, 1, 2]) written.push(...(await recordsOf(deployment, partition)));
      const provenances = written.flatMap(({ headers }) => headers?.[PROVENANCE_HEADER] ?? []);
      expect(provenances).toHaveLength(misplaced.length);
      expect(new Set(provenances).size).toBe(misplaced.length);
    } finally {
      await deployment.close();
    }
  }, 120_000);

  test('lists dead letters, and writes those again that pass by now: untouched, at the right partition, never twice', async () => {
    const deployment = await openDeployment(kind, { CLV_MAX_IDLE_MS: '100' });
    try {
      const environment = environmentOf(deployment.settings);
      const command = (...args: string[]) => runCommand(['dead-letters', ...args], environment);
      const good = orderOf(deployment, 'ann', 1);
      const misplaced = [orderOf(deployment, 'ann', 2, 1), orderOf(deployment, 'bob', 3, 2)];
      const broken = { ...orderOf(deployment, 'cid', 4), value: bytes('no record at all') };
      await deployment.write([good, ...misplaced, broken, good]);
      await deployment.startScorer();
      await deployment.drained();
      expect(await deployment.updates()).toHaveLength(1);

      const list = command('list');
      expect(list.code).toBe(0);
      expect(list.stdout).toMatch(/4 dead letters/);
      expect(list.stdout.match(/wrong-partition/g)).toHaveLength(2);
      const [letter] = command('list', '--reason', 'undecodable', '--json').stdout.trim().split('\n');
      const parsed = JSON.parse(letter!) as { value: string; reason: string; writtenAgain: string | null };
      expect(Buffer.from(parsed.value, 'base64').toString()).toBe('no record at all');
      expect(parsed).toMatchObject({ reason: 'undecodable', writtenAgain: null });
      expect(command('list', '--topic', 'another').stdout).toMatch(/^0 dead letters/);
      expect(command('list', '--reason', 'anything').code).toBe(2);

      const planned = command('replay');
      expect(planned.stdout).toMatch(/2 would be written, 0 were written before, 2 left; add --write to write them/);
      expect(planned.stdout).toMatch(/undecodable.*left: still undecodable/);
      expect(planned.stdout).toMatch(/duplicate.*left: its event was folded before/);
      expect(await deployment.updates()).toHaveLength(1);

      expect(command('replay', '--write').stdout).toMatch(/2 written, 0 were written before, 2 left/);
      expect(command('replay', '--write').stdout).toMatch(/0 written, 2 were written before, 2 left/);
      expect(command('list').stdout.match(/written again: .*-?orders \d@\d+/g)).toHaveLength(2);
      await deployment.drained();
      for (const original of misplaced) {
        const own = murmur2Partition(original.key, 3);
        const again = (await recordsOf(deployment, own)).filter(({ headers }) => headers !== undefined);
        const found = again.find(({ timestampMs }) => timestampMs === original.timestampMs)!;
        expect(Buffer.from(found.value!)).toEqual(Buffer.from(original.value));
        expect(Buffer.from(found.key!)).toEqual(Buffer.from(original.key));
        expect(found.headers).toEqual({ [PROVENANCE_HEADER]: `${original.partition}@0` });
      }
      const updates = await deployment.updates();
      expect(updates.map(({ customerId }) => customerId).sort()).toEqual(['ann', 'ann', 'bob']);
      expect(await deployment.deadLetters()).toHaveLength(4);
      expect((await deployment.audit()).every(passes)).toBe(true);
    } finally {
      await deployment.close();
    }
  }, 120_000);
}

describe('dead letters on the embedded store', () => suite('embedded'));
describeWithKafkaAndRedis('dead letters on Kafka and Redis', () => suite('kafka'));
