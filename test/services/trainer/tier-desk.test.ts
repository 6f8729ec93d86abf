import { drawLognormal, mulberry32 } from '../../../src/domain/math/random';
import type { ClvUpdate } from '../../../src/domain/update';
import type { FactOf } from '../../../src/ports/observer';
import { versionOfCuts } from '../../../src/serde/tier-release-codec';
import { TierDesk } from '../../../src/services/trainer/tier-desk';
import { FIRST_DAY_S, fakeUpdate } from '../../support/fake-updates';
import { MemoryTierReleases } from '../../support/memory-tier-releases';
import { MemoryUpdatesLog } from '../../support/memory-updates-log';
import { type Notice, quietObserver } from '../../support/quiet-observer';
import { HandClock, settled } from '../../support/scorer-world';

const PARTITIONS = 2;
const LOOK_S = 60;
const NOW_S = FIRST_DAY_S + 700 * 86_400;

class DeskWorld {
  readonly log = new MemoryUpdatesLog(PARTITIONS);
  readonly releases = new MemoryTierReleases();
  readonly clock = new HandClock();
  readonly notices: Notice[] = [];
  readonly seen: FactOf<'tiers'>[] = [];
  decoded = 0;
  private readonly stop = new AbortController();
  private running: Promise<void> = Promise.resolve();

  start(sample?: number): void {
    const ports = {
      reader: this.log,
      releases: this.releases,
      decodeUpdate: (value: Uint8Array) => {
        this.decoded += 1;
        const text = new TextDecoder().decode(value);
        return text.startsWith('{') ? (JSON.parse(text) as ClvUpdate) : null;
      },
      observer: quietObserver(this.notices, { tiers: (fact) => void this.seen.push(fact) }),
      clock: this.clock,
    };
    const options = { topic: 'updates', partitions: PARTITIONS, lookEverySeconds: LOOK_S };
    this.running = new TierDesk(ports, { ...options, ...(sample === undefined ? {} : { sample }) }).run(
      this.stop.signal,
    );
  }

  score(customer: number, value: number, asOfS = FIRST_DAY_S): void {
    const customerId = `c${customer}`;
    this.log.append(customer % PARTITIONS, fakeUpdate({ customerId, value, asOfS }), 0);
  }

  scoreAll(values: readonly number[], asOfS?: number): void {
    for (const [i, value] of values.entries()) this.score(i, value, asOfS);
  }

  async look(): Promise<void> {
    await settled();
    await this.clock.pass(LOOK_S * 1000);
    await settled();
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.running;
  }
}

let world: DeskWorld;
beforeEach(() => {
  world = new DeskWorld();
});
afterEach(() => world.end());

const shop = (customers: number) => {
  const random = mulberry32(7);
  return Array.from({ length: customers }, () => drawLognormal(random, 3, 1.5));
};

test('releases cuts from the newest score of each customer, once, with what they were made from', async () => {
  world.start();
  for (let i = 0; i < 100; i++) world.score(i, 1e6);
  for (let i = 0; i < 100; i++) world.score(i, i + 1);
  await world.look();
  await world.look();
  const cuts = [50, 80, 95] as const;
  expect(world.releases.released).toEqual([
    {
      ...{ version: versionOfCuts({ cuts, margin: 0.05 }), cuts, margin: 0.05, customers: 100 },
      releasedAtMs: expect.any(Number),
    },
  ]);
  expect(world.notices).toEqual([
    {
      level: 'info',
      message: expect.stringMatching(/^new cuts of the value tiers are released: t-/),
      detail: { cuts: '50, 80, 95', customers: 100, before: null },
    },
  ]);
});

test('five orders of today beside an old stream move no cuts, whatever they are scored', async () => {
  world.start();
  world.scoreAll(shop(400));
  await world.look();
  const [before] = world.releases.released;
  for (const value of [0.5, 42, 1e5, 1e9, 1e12]) world.score(1_000 + Math.floor(value % 97), value, NOW_S);
  for (let i = 0; i < 5; i++) await world.look();
  expect(world.releases.released).toEqual([before]);
});

test('a jump of time that takes all scores with it takes the cuts along: nobody becomes platinum by it', async () => {
  world.start();
  const values = shop(400);
  world.scoreAll(values);
  await world.look();
  world.scoreAll(
    values.map((value) => value / 50),
    NOW_S,
  );
  await world.look();
  const [before, after] = world.releases.released;
  expect(after!.cuts).toEqual(before!.cuts.map((cut) => cut / 50));
});

test('a few customers with many records count as often as the others', async () => {
  world.start();
  for (let i = 0; i < 100; i++) world.score(i, i + 1);
  await world.look();
  for (let round = 0; round < 300; round++) world.score(round % 3, 1 + (round % 3));
  await world.look();
  expect(world.releases.released).toHaveLength(1);
});

test('a restarted one goes on from the cuts in force, and releases nothing before it has read what was there', async () => {
  const values = shop(300);
  world.scoreAll(values);
  world.start();
  await world.look();
  await world.end();
  const { log, releases } = world;
  world = new DeskWorld();
  Object.assign(world, { log, releases });
  world.start();
  await world.look();
  expect(releases.released).toHaveLength(1);
});

test('an erased customer, a foreign record and too few customers do not count', async () => {
  world.start();
  for (let i = 0; i < 10; i++) world.score(i, i + 1);
  world.log.appendBytes(1, 'c9', null, 0);
  world.log.appendBytes(0, 'nobody', Uint8Array.of(0, 1), 0);
  await world.look();
  expect(world.releases.released).toEqual([]);
  world.score(10, 11);
  await world.look();
  expect(world.releases.released).toMatchObject([{ customers: 10, cuts: [5, 8, 9] }]);
});

test('of a large shop a sample is kept, and the updates of the others are not decoded', async () => {
  world.start(100);
  const values = shop(4_000);
  world.scoreAll(values);
  await world.look();
  const first = world.decoded;
  expect(first).toBeLessThan(1_500);
  expect(world.releases.released[0]!.customers).toBeLessThanOrEqual(200);
  world.scoreAll(values);
  await world.look();
  expect(world.decoded - first).toBeLessThanOrEqual(200);
});

test('each look says the cuts in force, the shares of the tiers, and whether they are off', async () => {
  world.start();
  await world.look();
  for (let i = 0; i < 100; i++) world.score(i, i + 1);
  world.releases.fault = new Error('not allowed');
  await world.look();
  await world.look();
  // All customers become alike, and no cuts can be written.
  for (let i = 0; i < 100; i++) world.score(i, 1_000 + i);
  world.releases.fault = new Error('not allowed');
  await world.look();
  const at = { cuts: [50, 80, 95], releasedAtMs: expect.any(Number) };
  expect(world.seen).toEqual([
    { kind: 'tiers', inForce: null, off: false },
    { kind: 'tiers', inForce: null, off: true },
    { kind: 'tiers', inForce: { ...at, shares: [0.5, 0.3, 0.15, 0.05] }, off: false },
    { kind: 'tiers', inForce: { ...at, shares: [0, 0, 0, 1] }, off: true },
  ]);
});

test('a release that fails is reported once, does not end the trainer, and is tried again', async () => {
  world.start();
  for (let i = 0; i < 100; i++) world.score(i, i + 1);
  world.releases.fault = new Error('not allowed');
  await world.look();
  expect(world.notices).toMatchObject([{ level: 'warn', message: expect.stringContaining('value tiers') }]);
  await world.clock.pass(10_000);
  await world.look();
  await world.look();
  expect(world.releases.released).toHaveLength(1);
});
