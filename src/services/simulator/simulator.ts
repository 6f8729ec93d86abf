import type { SimulatedEvent } from '../../domain/simulation/shopper-timeline';
import type { Clock } from '../../ports/clock';
import type { LogWriter } from '../../ports/log';
import type { Patience } from '../../ports/patience';
import { type Pace, Pacer } from './pacer';
import { type FeedSettings, type FeedTotals, TopicFeed } from './topic-feed';

export interface SimulatorSettings {
  readonly feed: FeedSettings;
  readonly pace: Pace;
  /** Stops after this many events, without ticks. Infinity runs until the signal. */
  readonly maxEvents: number;
}

export interface SimulatorProgress {
  readonly events: number;
  /** Event time of the last event, seconds since the epoch. */
  readonly eventTimeS: number;
  readonly totals: FeedTotals;
}

export interface SimulatorPorts {
  readonly writer: LogWriter;
  readonly clock: Clock;
  /** After each write. */
  readonly onProgress?: (progress: SimulatorProgress) => void;
  /** Called with one sentence if the log is unreachable. The simulator tries again. */
  readonly onTrouble?: (message: string) => void;
  /** How long it tries. Default: for ever. */
  readonly patience?: Patience;
}

/** Records per append. */
const BATCH = 500;
/** Events that are due within this time of each other are written in one append. */
const GATHER_MS = 20;
const LONGEST_SLEEP_MS = 1_000;

/** Writes simulated events into the topics at a pace, until `maxEvents` or the signal. Resolves to the written counts. */
export async function runSimulator(
  events: Iterator<SimulatedEvent>,
  settings: SimulatorSettings,
  { writer, clock, onProgress, onTrouble = () => {}, patience }: SimulatorPorts,
  signal: AbortSignal,
): Promise<SimulatorProgress> {
  const feed = new TopicFeed(writer, clock, settings.feed, onTrouble, patience);
  const pacer = new Pacer(clock, settings.pace);
  let taken = 0;
  let progress: SimulatorProgress = { events: 0, eventTimeS: 0, totals: feed.totals };
  let upcoming = events.next();
  while (!signal.aborted && taken < settings.maxEvents && !upcoming.done) {
    let eventTimeS = progress.eventTimeS;
    while (feed.pending < BATCH && taken < settings.maxEvents && !upcoming.done) {
      const event = upcoming.value;
      if (pacer.waitMs(event.timeS) > 0) break;
      feed.add(event);
      pacer.sent();
      taken++;
      eventTimeS = event.timeS;
      upcoming = events.next();
    }
    if (feed.pending > 0) {
      if (!(await feed.flush(signal))) break;
      progress = { events: taken, eventTimeS, totals: feed.totals };
      onProgress?.(progress);
    }
    if (upcoming.done || taken >= settings.maxEvents) break;
    const waitMs = pacer.waitMs(upcoming.value.timeS);
    if (waitMs > 0) await clock.sleep(Math.min(Math.max(waitMs, GATHER_MS), LONGEST_SLEEP_MS), signal);
  }
  return progress;
}
