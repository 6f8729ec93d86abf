import { DEFAULT_MACHINE_SETTINGS } from '../../../src/delivery/partition-machine';
import { INPUT_ROLES } from '../../../src/domain/event';
import { Scorer } from '../../../src/domain/scorer';
import type { PublishOutcome } from '../../../src/ports/publisher';
import type { OutboxRecord, StateStore } from '../../../src/ports/state-store';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { UpdateCodec } from '../../../src/serde/update-codec';
import type { InputItem } from '../../../src/services/scorer/input-queue';
import { PartitionRunner, type RunnerPorts, type RunnerSettings } from '../../../src/services/scorer/partition-runner';
import { QueueBudget } from '../../../src/services/scorer/queue-budget';
import { byTopic } from '../../support/events';
import { randomModel } from '../../support/models';
import { until } from '../../support/process';
import { type Notice, quietObserver } from '../../support/quiet-observer';
import { realClock } from '../../support/real-clock';

const SETTINGS: RunnerSettings = {
  money: { currency: 'EUR', minorPerMajor: 100 },
  topics: INPUT_ROLES,
  quietAfterS: 86_400,
  quietChange: 0,
  emission: 'every',
  emissionWindowMs: 1,
  machine: { ...DEFAULT_MACHINE_SETTINGS, firstBackoffMs: 1, maxBackoffMs: 5 },
  maxBatch: 500,
  maxBatchBytes: 1e9,
  maxQueuedRecords: 1_000,
  maxQueuedBytes: 10_000,
  maxIdleMs: 0,
  idleCheckMs: 1,
};

interface World {
  readonly runner: PartitionRunner;
  /** What the source was asked, e.g. "pause 1". */
  readonly asked: string[];
  readonly notices: Notice[];
  /** Sizes of the commits' records. */
  readonly commits: number[];
  readonly budget: QueueBudget;
  /** Commits wait until this is called. */
  letCommit(): void;
}

/** A runner on ports of its own: an empty store, a publisher that answers `outcome`. */
function world(
  change: Partial<RunnerSettings> = {},
  store: Partial<StateStore> = {},
  lastError: unknown = null,
): World {
  const asked: string[] = [];
  const notices: Notice[] = [];
  const commits: number[] = [];
  const budget = new QueueBudget(15_000);
  let letCommit = () => {};
  const gate = new Promise<void>((resolve) => {
    letCommit = resolve;
  });
  const outcome: PublishOutcome = lastError === null ? 'published' : 'unknown';
  const nothing = async () => undefined;
  const ports = {
    store: {
      claim: async () => ({ epoch: 1, format: 2, meta: null, outbox: [] }),
      load: async (_: number, ids: readonly string[]) => ({ lineage: '', states: ids.map(() => null), vanished: [] }),
      commit: async (_: number, { records }: { records: readonly unknown[] }) => {
        commits.push(records.length);
        await gate;
        return 'committed';
      },
      trim: nothing,
      owner: async () => null,
      restart: nothing,
      lineage: async () => '',
      customersOfShard: async () => [],
      close: nothing,
      ...store,
    },
    ownership: {
      own: async () => ({
        emitted: byTopic(),
        unmarked: [],
        tail: null,
        readOffsets: async () => ({ emitted: byTopic(), unmarked: [] }),
        publish: async () => outcome,
        lastError: () => lastError,
        close: nothing,
      }),
      close: nothing,
    },
    source: {
      start: nothing,
      position: nothing,
      pause: (_: number, topic: number) => void asked.push(`pause ${topic}`),
      resume: (_: number, topic: number) => void asked.push(`resume ${topic}`),
      stop: nothing,
    },
    logBounds: async () => INPUT_ROLES.map(() => ({ start: 0, end: 100 })),
    claimant: async () => ({
      identity: { app: 'a', cluster: 'c', inputs: [], updates: 'u', deadLetters: 'd' },
      topicIds: [],
    }),
    observer: quietObserver(notices),
    clock: realClock,
    newCid: () => `c${commits.length}`,
    scorer: () => new Scorer(randomModel(3), 100),
    updates: new UpdateCodec(),
    deadLetters: new DeadLetterCodec(),
    copartition: { tell: () => undefined },
    formats: { note: () => undefined },
    queueBudget: budget,
  } as unknown as RunnerPorts;
  const runner = new PartitionRunner(0, ports, { ...SETTINGS, ...change });
  return { runner, asked, notices, commits, budget, letCommit };
}

/** A record that becomes a dead letter, so that it needs no state. */
function broken(topic: number, offset: number, bytes: number): InputItem {
  const decoded = { ok: false, reason: 'undecodable', detail: 'no record' } as const;
  return { topic, offset, timestampMs: 1, key: null, value: new Uint8Array(bytes), decoded };
}

async function running(at: World): Promise<void> {
  at.runner.assigned();
  await until('the partition runs', () => at.runner.phase === 'running');
}

describe('the runner of a partition', () => {
  it('pauses a topic whose queue is full of bytes, and resumes it below half', async () => {
    const at = world();
    await running(at);
    at.runner.offer(0, [broken(0, 0, 100)], 1, 1);
    await until('its first batch is being committed', () => at.commits.length === 1);
    at.runner.offer(1, [broken(1, 0, 4_000), broken(1, 1, 4_000)], 2, 2);
    expect(at.asked).toEqual([]);
    at.runner.offer(1, [broken(1, 2, 4_000)], 3, 3);
    at.runner.offer(1, [broken(1, 3, 10)], 4, 4);
    expect(at.asked).toEqual(['pause 1']);
    at.letCommit();
    await until('the queue is taken', () => at.asked.length > 1);
    expect(at.asked).toEqual(['pause 1', 'resume 1']);
    await at.runner.revoke(1_000);
    expect(at.budget.bytes).toBe(0);
  });

  it('pauses topics with waiting records where the process has too many bytes waiting, never an empty one', async () => {
    const at = world();
    await running(at);
    at.budget.add(15_000); // of another partition
    at.runner.offer(0, [broken(0, 0, 100)], 1, 1);
    at.runner.offer(1, [], 0, 0);
    at.runner.offer(2, [broken(2, 0, 100)], 1, 1);
    expect(at.asked).toContain('pause 2');
    expect(at.asked).not.toContain('pause 1');
    at.budget.add(-15_000);
    at.runner.tick();
    expect(at.asked).toContain('resume 2');
    at.letCommit();
    await at.runner.revoke(1_000);
  });

  it('bounds a batch by the bytes that go in and by those that come out', async () => {
    const at = world({ maxBatchBytes: 5_000, maxQueuedBytes: 1e6 });
    at.letCommit();
    await running(at);
    at.runner.offer(
      0,
      [4_000, 4_000, 9_000, 100].map((bytes, offset) => broken(0, offset, bytes)),
      4,
      4,
    );
    await until('everything is committed', () => at.commits.reduce((sum, records) => sum + records, 0) === 4);
    expect(at.commits).toEqual([1, 1, 1, 1]);
    await at.runner.revoke(1_000);
  });

  it('says which commit is damaged and what mends it, once, and stands until then', async () => {
    const damaged = Object.assign(new Error('commit 1 of 2 is cut off'), { code: 'outbox-blob' });
    const at = world({}, { claim: () => Promise.reject(damaged) });
    at.runner.assigned();
    await until('it has tried several times', () => (at.runner.standing?.reason ?? '').includes('commit 1 of 2'));
    await realClock.sleep(60);
    expect(at.runner.phase).not.toBe('running');
    expect(at.notices).toEqual([
      { level: 'error', message: expect.stringMatching(/commit 1 of 2 is cut off.*state rebuild --partition 0/) },
    ]);
    await at.runner.revoke(1_000);
  });

  it('names the largest record where the broker refuses one for its size', async () => {
    const refused = Object.assign(new Error('too large for the server'), { type: 'MESSAGE_TOO_LARGE' });
    const letter = (offset: number, bytes: number): OutboxRecord => ({
      kind: 'dead-letter',
      key: null,
      value: new Uint8Array(bytes),
      timestampMs: 1,
      covers: byTopic({ orders: offset }, -1),
    });
    const folded = byTopic({ orders: 2 });
    const meta = { cids: ['x'], commits: 1, folded, published: byTopic() };
    const outbox = [{ cid: 'x', folded, records: [letter(0, 10), letter(1, 900)] }];
    const at = world({}, { claim: async () => ({ epoch: 1, format: 2, meta, outbox }) }, refused);
    at.runner.assigned();
    await until('it says so', () => at.notices.length > 0);
    await realClock.sleep(60);
    expect(at.notices).toEqual([
      { level: 'error', message: expect.stringMatching(/dead-letter of orders 1: 900 bytes.*max\.message\.bytes/) },
    ]);
    expect(at.runner.standing).not.toBeNull();
    await at.runner.revoke(1_000);
  });
});
