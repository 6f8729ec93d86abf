import { systemClock } from '../../src/adapters/system/clock';
import { feedSettings } from '../../src/cli/compose/feed';
import { mulberry32, type Random } from '../../src/domain/math/random';
import { demoShop } from '../../src/domain/simulation/shop-population';
import type { SimulatedEvent } from '../../src/domain/simulation/shopper-timeline';
import { simulateShop } from '../../src/domain/simulation/simulated-shop';
import type { LogWriter, OutgoingRecord } from '../../src/ports/log';
import { TopicFeed } from '../../src/services/simulator/topic-feed';
import type { Deployment } from '../support/deployment';
import { profileRecord } from '../support/profiles';
import { STREAM_OPENS_S } from '../support/recorded-stream';

const STEP_MS = 100;
const POISON_ONE_IN = 60;
const REPEAT_ONE_IN = 80;
const PROFILE_ONE_IN = 40;

const text = (value: string) => new TextEncoder().encode(value);
const json = (record: object) => text(JSON.stringify(record));
const order = {
  eventId: 'e',
  orderId: 'o',
  status: 'placed',
  eventTime: '2024-03-01T10:00:00Z',
  currency: 'EUR',
  items: 1,
};

/** Records that can become no update, whatever partition they lie in. */
const POISON: readonly (Uint8Array | null)[] = [
  null,
  new Uint8Array(0),
  text('no record at all'),
  new Uint8Array([0, 0, 0, 0]),
  new Uint8Array([0, 0, 0, 99, 99, 1, 2, 3]),
  json({ ...order, customerId: 'ann', amountMinor: -5 }),
  json({ ...order, customerId: 'ann', amountMinor: 5, currency: 'USD' }),
  json({ ...order, customerId: '', amountMinor: 5 }),
  json({ ...order, customerId: 'ann', amountMinor: 5, eventTime: '2093-01-01T00:00:00Z' }),
  new Uint8Array(200_000).fill(0x7b),
];

/** A simulated shop's events, profiles and ticks at a steady rate, with poison and upstream repeats among them, until stopped. */
export class Traffic {
  poison = 0;
  repeats = 0;
  events = 0;
  profiles = 0;
  private readonly random: Random;
  /** Events whose customers something becomes known of. */
  private known: SimulatedEvent[] = [];
  private readonly shop: Iterator<SimulatedEvent, never>;
  private readonly feed: TopicFeed;
  private readonly writer: LogWriter;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly deployment: Deployment,
    private readonly eventsPerSecond: number,
    seed: number,
    /** Days of event time between two sweeps; 0 for none. */
    sweepEveryDays = 4,
  ) {
    const { settings, platform } = deployment;
    this.random = mulberry32(seed);
    this.shop = simulateShop(demoShop, { customers: 1_500, startS: STREAM_OPENS_S, random: mulberry32(seed + 1) });
    this.writer = platform.writer();
    const ticks = { everyDays: sweepEveryDays, shards: 4 };
    const feed = feedSettings(settings, platform.topics, settings.CLV_PARTITIONS, ticks);
    this.feed = new TopicFeed(this.writer, systemClock, feed, () => undefined);
  }

  start(): void {
    this.running = this.run();
  }

  /** Writes out what was taken; the log must be up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.feed.flush(new AbortController().signal);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const startedMs = Date.now();
      for (let due = (this.eventsPerSecond * STEP_MS) / 1000; due > 0; due--) this.addEvent();
      await this.feed.flush(signal);
      await this.addProfiles().catch(() => undefined);
      await this.addPoison().catch(() => undefined);
      await systemClock.sleep(Math.max(0, startedMs + STEP_MS - Date.now()), signal);
    }
  }

  private addEvent(): void {
    const event = this.shop.next().value;
    this.feed.add(event);
    this.events += 1;
    if (this.random() * PROFILE_ONE_IN < 1) this.known.push(event);
    if (this.random() * REPEAT_ONE_IN < 1) {
      this.feed.add(event);
      this.repeats += 1;
    }
  }

  /** One that could not be written is forgotten: nothing else tells what it would have said. */
  private async addProfiles(): Promise<void> {
    const records = this.known.map(({ customerId, timeS }) =>
      profileRecord(this.deployment, customerId, timeS, this.random),
    );
    this.known = [];
    if (records.length > 0) await this.writer.append(records);
    this.profiles += records.length;
  }

  private async addPoison(): Promise<void> {
    if (this.random() * POISON_ONE_IN >= (this.eventsPerSecond * STEP_MS) / 1000) return;
    const { inputs } = this.deployment.platform.topics;
    const record: OutgoingRecord = {
      topic: inputs[Math.floor(this.random() * 3)]!,
      partition: Math.floor(this.random() * this.deployment.settings.CLV_PARTITIONS),
      key: this.random() < 0.5 ? null : text('some key'),
      value: POISON[Math.floor(this.random() * POISON.length)]!,
      timestampMs: Date.now(),
    };
    await this.writer.append([record]);
    this.poison += 1;
  }
}
