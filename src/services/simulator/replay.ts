import { type CleaningCounts, CleaningTally } from '../../domain/state/cleaning-tally';
import type { ProfilesAtFirstEvent } from '../../domain/state/profile-events';
import type { Clock } from '../../ports/clock';
import type { EventFile } from '../../ports/event-file';
import type { LogWriter } from '../../ports/log';
import { Pacer } from './pacer';
import { REQUIRED_COLUMNS, readRecordedEvent } from './recorded-event';
import { type FeedSettings, type FeedTotals, TopicFeed } from './topic-feed';

export interface ReplaySettings {
  readonly feed: FeedSettings;
  /** Minor units in a major one of the currency: 1, 100 or 1000. */
  readonly minorPerMajor: number;
  /** Event-time seconds per wall-clock second; Infinity for as fast as possible. */
  readonly acceleration: number;
  /** Attributes of customers, written right before their first event. */
  readonly profiles?: ProfilesAtFirstEvent;
}

export interface ReplayProgress {
  /** Number of rows read, including invalid ones. */
  readonly rows: number;
  readonly bytesRead: number;
  readonly bytesTotal: number;
}

/** A row that could not be used. */
export interface RowFault {
  readonly line: number;
  readonly fault: string;
}

export interface ReplayReport {
  readonly rows: number;
  /** Number of events written, without ticks and profiles. */
  readonly events: number;
  /** Records written by role of the topic. */
  readonly totals: FeedTotals;
  /** Rows of kinds that are no input, by kind. */
  readonly skippedKinds: ReadonlyMap<string, number>;
  /** The first {@link MAX_FAULTS_KEPT} of `faultCount`. */
  readonly faults: readonly RowFault[];
  readonly faultCount: number;
  /** Amounts with more decimals than the currency, rounded half to even. */
  readonly roundedAmounts: number;
  /** Orders, refunds and cancellations without an amount, written as 0. */
  readonly withoutAmount: number;
  /** Cleanings that the scorer will make in the written events. */
  readonly cleaned: CleaningCounts;
  /** False if the signal ended the replay early. */
  readonly complete: boolean;
}

export interface ReplayPorts {
  readonly file: EventFile;
  readonly writer: LogWriter;
  readonly clock: Clock;
  /** After each write. */
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** Called with one sentence if the log is unreachable. The replay tries again. */
  readonly onTrouble?: (message: string) => void;
}

export const MAX_FAULTS_KEPT = 100;
const BATCH = 1_000;
/** Events that are due within this time of each other are written in one append. */
const GATHER_MS = 20;
const LONGEST_SLEEP_MS = 1_000;

/** Writes an event file into the topics. Rejects if it can't be read. Invalid rows are only reported. */
export async function runReplay(
  settings: ReplaySettings,
  ports: ReplayPorts,
  signal: AbortSignal,
): Promise<ReplayReport> {
  const { file, writer, clock, onProgress, onTrouble = () => {} } = ports;
  const feed = new TopicFeed(writer, clock, settings.feed, onTrouble);
  const pacer = new Pacer(clock, { eventsPerSecond: Number.POSITIVE_INFINITY, acceleration: settings.acceleration });
  const skippedKinds = new Map<string, number>();
  const faults: RowFault[] = [];
  const cleaning = new CleaningTally();
  let rows = 0;
  let faultCount = 0;
  let roundedAmounts = 0;
  let withoutAmount = 0;
  let complete = true;

  const write = async (): Promise<boolean> => {
    if (!(await feed.flush(signal))) return false;
    onProgress?.({ rows, bytesRead: file.bytesRead(), bytesTotal: file.bytesTotal });
    return !signal.aborted;
  };
  const refuse = (line: number, fault: string) => {
    faultCount++;
    if (faults.length < MAX_FAULTS_KEPT) faults.push({ line, fault });
  };

  for await (const row of file.rows(REQUIRED_COLUMNS)) {
    rows++;
    if ('fault' in row) {
      refuse(row.line, row.fault);
      continue;
    }
    const outcome = readRecordedEvent(row, file.name, settings.minorPerMajor);
    if ('fault' in outcome) {
      refuse(row.line, outcome.fault);
      continue;
    }
    if ('skippedKind' in outcome) {
      skippedKinds.set(outcome.skippedKind, (skippedKinds.get(outcome.skippedKind) ?? 0) + 1);
      continue;
    }
    complete = await due(outcome.event.timeS);
    if (!complete) break;
    const profile = settings.profiles?.before(outcome.event);
    if (profile) feed.add(profile);
    feed.add(outcome.event);
    pacer.sent();
    cleaning.add(outcome.event);
    if (outcome.rounded) roundedAmounts++;
    if (outcome.withoutAmount) withoutAmount++;
  }
  if (complete) complete = await write();
  const { totals } = feed;
  const events = totals.orders + totals.clicks + totals.browses + totals.reviews;
  const cleaned = cleaning.totals();
  return { rows, events, totals, skippedKinds, faults, faultCount, roundedAmounts, withoutAmount, cleaned, complete };

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
