import { setTimeout as pause } from 'node:timers/promises';
import { SchemaWait } from '../../../src/adapters/schema-registry/schema-wait';
import { WaitingSource } from '../../../src/adapters/schema-registry/waiting-source';
import type { LogRecord } from '../../../src/ports/log';
import type { PartitionSource, SourceHandlers } from '../../../src/ports/partition-source';
import { SchemaRegistryAway } from '../../../src/ports/schema-registry';
import { type Notice, quietObserver } from '../../support/quiet-observer';
import { seeded, testSeed } from '../../support/seeded';

const TOPICS = ['orders', 'clicks'];

function record(offset: number, id: number): LogRecord {
  return { offset, timestampMs: 0, key: null, value: Uint8Array.from([0, 0, 0, 0, id, 1]) };
}

/** A source whose receiver logs what it gets, behind a registry that the test answers for. */
class World {
  readonly known = new Set<number>();
  readonly got: string[] = [];
  readonly paused = new Set<string>();
  readonly notices: Notice[] = [];
  readonly dependency: boolean[] = [];
  away = true;
  nowS = 0;
  inner!: SourceHandlers;
  readonly source: WaitingSource;

  constructor() {
    const at = (partition: number, topic: number) => `${partition}/${topic}`;
    const inner: PartitionSource = {
      start: async (handlers) => {
        this.inner = handlers;
      },
      position: async (partition) => {
        for (const [topic] of TOPICS.entries()) this.paused.delete(at(partition, topic));
      },
      pause: (partition, topic) => void this.paused.add(at(partition, topic)),
      resume: (partition, topic) => void this.paused.delete(at(partition, topic)),
      stop: async () => undefined,
    };
    const registry = {
      load: async () => undefined,
      schema: () => undefined,
      isKnown: (id: number) => this.known.has(id),
      request: async (id: number) => {
        if (this.away) throw new SchemaRegistryAway('no answer');
        this.known.add(id);
      },
    };
    const clock = {
      nowMs: () => 0,
      elapsedS: () => this.nowS,
      // The time that passes is the test's own; a turn of the event loop is enough.
      sleep: async (ms: number) => {
        this.nowS += ms / 1000;
        await pause(0);
      },
    };
    const observer = quietObserver(this.notices, { dependency: ({ up }) => void this.dependency.push(up) });
    const ownIds = new Map(TOPICS.map((topic) => [topic, new Set<number>([4])]));
    const wait = new SchemaWait(registry, { ownIds, giveUpAfterS: 60 }, clock, observer);
    this.source = new WaitingSource(inner, TOPICS, wait);
  }

  async start(): Promise<void> {
    await this.source.start({
      assigned: () => undefined,
      revoked: async (partition) => void this.got.push(`revoked ${partition}`),
      records: (partition, topic, records) => {
        for (const { offset } of records) this.got.push(`${partition}/${topic}@${offset}`);
      },
      confirmed: () => undefined,
      outOfRange: (partition, topic, position) => void this.got.push(`gap ${partition}/${topic}@${position}`),
      looked: () => undefined,
      shared: () => undefined,
      connected: () => undefined,
    });
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await pause(0);
  }
}

test('records of known and own ids, and those without an id, pass at once', async () => {
  const world = new World();
  world.known.add(7);
  await world.start();
  const json = { ...record(2, 0), value: Buffer.from('{}') };
  world.inner.records(0, 0, [record(0, 7), record(1, 4), json], 3, 3);
  expect(world.got).toEqual(['0/0@0', '0/0@1', '0/0@2']);
  expect(world.paused.size).toBe(0);
});

test('an unknown id holds its partition, not the others, until the registry answers', async () => {
  const world = new World();
  await world.start();
  world.inner.records(0, 0, [record(0, 9)], 1, 1);
  world.inner.records(0, 1, [record(0, 4)], 1, 1);
  world.inner.outOfRange(0, 1, 1, { start: 5, end: 9 });
  world.inner.records(1, 0, [record(0, 4)], 1, 1);
  world.source.pause(0, 1);
  await world.settle();
  expect(world.got).toEqual(['1/0@0']);
  expect([...world.paused].sort()).toEqual(['0/0', '0/1']);
  expect(world.dependency[0]).toBe(false);
  world.away = false;
  await world.settle();
  expect(world.got).toEqual(['1/0@0', '0/0@0', '0/1@0', 'gap 0/1@1']);
  expect([...world.paused]).toEqual(['0/1']);
  expect(world.dependency.at(-1)).toBe(true);
});

test('after the bound it is reported once, and waits on', async () => {
  const world = new World();
  await world.start();
  world.inner.records(0, 0, [record(0, 9)], 1, 1);
  while (world.nowS < 300) await world.settle();
  const errors = world.notices.filter(({ level }) => level === 'error');
  expect(errors).toHaveLength(1);
  expect(errors[0]!.message).toMatch(/orders 0 has waited \d+ s for the schema id 9: no answer\. Nothing is lost/);
  expect(world.got).toEqual([]);
  world.away = false;
  await world.settle();
  expect(world.got).toEqual(['0/0@0']);
});

test.each(['position', 'revoked', 'stop'])('%s drops what waits', async (event) => {
  const world = new World();
  await world.start();
  world.inner.records(0, 0, [record(0, 9)], 1, 1);
  if (event === 'position') await world.source.position(0, [0, 0]);
  else if (event === 'revoked') await world.inner.revoked(0);
  else await world.source.stop();
  world.away = false;
  await world.settle();
  expect(world.got.filter((line) => line.includes('@'))).toEqual([]);
  if (event !== 'position') return;
  expect(world.paused.size).toBe(0);
  world.inner.records(0, 0, [record(0, 9)], 1, 1);
  await world.settle();
  expect(world.got).toEqual(['0/0@0']);
});

const SEED = testSeed();
test(`every record once and in order, whatever the registry does, seed ${SEED}`, async () => {
  const random = seeded(SEED);
  const world = new World();
  await world.start();
  const next = new Map<string, number>();
  const sent: string[] = [];
  for (let step = 0; step < 400; step++) {
    const [partition, topic] = [random.below(3), random.below(2)];
    const at = `${partition}/${topic}`;
    if (random.next() < 0.2) world.away = !world.away;
    if (random.next() < 0.1) world.known.clear();
    if (random.next() < 0.1) await world.settle();
    if (world.paused.has(at)) continue;
    const records = Array.from({ length: 1 + random.below(3) }, () => {
      const offset = next.get(at) ?? 0;
      next.set(at, offset + 1);
      sent.push(`${at}@${offset}`);
      return record(offset, random.below(6));
    });
    world.inner.records(partition, topic, records, next.get(at)!, next.get(at)!);
  }
  world.away = false;
  await world.settle();
  expect([...world.got].sort()).toEqual([...sent].sort());
  for (const at of next.keys()) {
    const offsets = world.got.filter((line) => line.startsWith(`${at}@`)).map((line) => Number(line.split('@')[1]));
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  }
  expect(world.paused.size).toBe(0);
});
