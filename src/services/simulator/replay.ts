import { type CleaningCounts, CleaningTally } from '../../domain/state/cleaning-tally';
import type { ProfilesAtFirstEvent } from '../../domain/state/profile-events';
import type { Clock } from '../../ports/clock';
import type { LogWriter } from '../../ports/log';
import type { Patience } from '../../ports/patience';
import type { OutgoingEvent } from '../../serde/event-encoder';
import { Pacer } from './pacer';
import { type FeedSettings, type FeedTotals, TopicFeed } from './topic-feed';

export interface ReplaySettings {
  readonly feed: FeedSettings;
  /** Event-time seconds per wall-clock second; Infinity for as fast as possible. */
  readonly acceleration: number;
  /** Attributes of customers, written right before their first event. */
  readonly profiles?: ProfilesAtFirstEvent;
}

export interface ReplayReport {
  /** Number of events written, without ticks and profiles. */
  readonly events: number;
  /** Records written by role of the topic. */
  readonly totals: FeedTotals;
  /** Cleanings that the scorer will make in the written events. */
  readonly cleaned: CleaningCounts;
  /** False if the signal ended the replay early. */
  readonly complete: boolean;
}

export interface ReplayPorts {
  /** In the order in which they are to be written. */
  readonly events: AsyncIterable<OutgoingEvent>;
  readonly writer: LogWriter;
  readonly clock: Clock;
  /** After each write. */
  readonly onProgress?: () => void;
  /** Called with one sentence if the log is unreachable. The replay tries again. */
  readonly onTrouble?: (message: string) => void;
  /** How long it tries. Default: for ever. */
  readonly patience?: Patience;
}

const BATCH = 1_000;
/** Events that are due within this time of each other are written in one append. */
const GATHER_MS = 20;
const LONGEST_SLEEP_MS = 1_000;

/** Writes recorded events into the topics. Rejects if they can't be read, and with WaitedInVain if the log is away for too long. */
export async function runReplay(
  settings: ReplaySettings,
  ports: ReplayPorts,
  signal: AbortSignal,
): Promise<ReplayReport> {
  const { writer, clock, onProgress, onTrouble = () => {} } = ports;
  const feed = new TopicFeed(writer, clock, settings.feed, onTrouble, ports.patience);
  const pacer = new Pacer(clock, { eventsPerSecond: Number.POSITIVE_INFINITY, acceleration: settings.acceleration });
  const cleaning = new CleaningTally();
  let complete = true;

  const write = async (): Promise<boolean> => {
    if (!(await feed.flush(signal))) return false;
    onProgress?.();
    return !signal.aborted;
  };

  for await (const event of ports.events) {
    complete = await due(event.timeS);
    if (!complete) break;
    const profile = settings.profiles?.before(event);
    if (profile) feed.add(profile);
    feed.add(event);
    pacer.sent();
    cleaning.add(event);
  }
  if (complete) complete = await write();
  const { totals } = feed;
  const events = totals.orders + totals.clicks + totals.browses + totals.reviews;
  return { events, totals, cleaned: cleaning.totals(), complete };

  /** Waits until an event of that time is due, and meanwhile writes the gathered events. False if the signal ended the wait. */
  async function due(timeS: number): Promise<boolean> {
    if (feed.pending >= BATCH && !(await write())) return false;
    for (let waitMs = pacer.waitMs(timeS); waitMs > 0; waitMs = pacer.waitMs(timeS)) {
      if (feed.pending > 0 && !(await write())) return false;
      await clock.sleep(Math.min(Math.max(waitMs, GATHER_MS), LONGEST_SLEEP_MS), signal);
      if (signal.aborted) return false;
    }
    return !signal.aborted;
  }
}
