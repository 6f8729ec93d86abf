import type { BackfillEntry } from '../../domain/backfill-entry';
import type { BackfillMark } from '../../domain/labels/time-front';
import type { ProfilesAtFirstEvent } from '../../domain/state/profile-events';
import type { BackfillLedger } from '../../ports/backfill-ledger';
import type { Clock } from '../../ports/clock';
import { type LogWriter, type OutgoingRecord, WriterFenced } from '../../ports/log';
import { Patience } from '../../ports/patience';
import { encodeBackfillMark } from '../../serde/backfill-header';
import type { OutgoingEvent } from '../../serde/event-encoder';
import { type HistoryFile, rowsByTime } from '../files/history-rows';
import { type BackfillPlan, placeKey } from './backfill-plan';
import type { EventRecords } from './event-records';
import { Pacer } from './pacer';

export interface BackfillSettings {
  readonly plan: BackfillPlan;
  /** One for each file: where to go on. */
  readonly from: readonly BackfillEntry[];
  /** Events per second; Infinity for as fast as possible. */
  readonly eventsPerSecond: number;
  readonly profiles?: ProfilesAtFirstEvent;
}

export interface BackfillPorts {
  readonly files: readonly HistoryFile[];
  readonly records: EventRecords;
  readonly ledger: BackfillLedger;
  /** Opens the only writer that can back-fill. Whatever the one before has appended is settled then. */
  readonly openWriter: () => Promise<LogWriter>;
  readonly clock: Clock;
  /** After each row, with the number of events of this run. */
  readonly onProgress?: (events: number) => void;
  /** Called with one sentence if the log is unreachable. The back-fill tries again. */
  readonly onTrouble?: (message: string) => void;
  /** How long it tries. Default: for ever. */
  readonly patience?: Patience;
}

export interface BackfillReport {
  /** Events written by this run. */
  readonly events: number;
  readonly profiles: number;
  /** False if the signal ended it early. */
  readonly isComplete: boolean;
}

/** Events of one append. The append is a transaction: readers of these partitions wait for its end, some milliseconds. */
const BATCH = 2_000;
/** Longest time that a slow back-fill gathers events, seconds. */
const GATHER_S = 1;
const FIRST_BACK_OFF_MS = 200;
const LONGEST_BACK_OFF_MS = 10_000;

/**
 * Writes a history beside live traffic, each row exactly once: an append holds events and how far their files are written. Rejects with
 * WriterFenced if another back-fill has begun.
 */
export async function runBackfill(
  { plan, from, eventsPerSecond, profiles }: BackfillSettings,
  {
    files,
    records,
    openWriter,
    ledger,
    clock,
    onProgress = () => {},
    onTrouble = () => {},
    patience = new Patience(clock, Number.POSITIVE_INFINITY),
  }: BackfillPorts,
  signal: AbortSignal,
): Promise<BackfillReport> {
  const pacer = new Pacer(clock, { eventsPerSecond, acceleration: Number.POSITIVE_INFINITY });
  const written = { events: 0, profiles: 0 };
  let writer = await openWriter();
  let stored = [...from];
  let reached = [...from];
  let batch: OutgoingRecord[] = [];
  let gatheredSinceS = clock.elapsedS();

  for await (const { file, row, events, timeS } of rowsByTime(files)) {
    const isDone = row <= from[file]!.rows;
    if (!isDone && !(await due(timeS))) return { ...written, isComplete: false };
    for (const event of events) {
      const profile = profiles?.before(event);
      if (isDone) continue;
      if (profile) {
        add(profile, 'more');
        written.profiles++;
      }
      add(event, plan.last.get(placeKey(records.place(event))) === written.events ? 'last' : 'more');
      written.events++;
      pacer.sent();
    }
    if (isDone) continue;
    const entry = reached[file]!;
    reached[file] = { ...entry, rows: row, events: entry.events + events.length };
    onProgress(written.events);
  }
  reached = reached.map((entry, i) => ({ ...entry, rows: plan.rows[i]!, isComplete: true }));
  return { ...written, isComplete: await commit() };

  function add(event: OutgoingEvent, mark: BackfillMark): void {
    batch.push({ ...records.ofEvent(event), headers: encodeBackfillMark(mark) });
  }

  /** Writes what has been gathered if it is time, and waits for the next event's turn. False if the signal ended that. */
  async function due(timeS: number): Promise<boolean> {
    if (batch.length >= BATCH || clock.elapsedS() - gatheredSinceS >= GATHER_S) if (!(await commit())) return false;
    for (let waitMs = pacer.waitMs(timeS); waitMs > 0; waitMs = pacer.waitMs(timeS)) {
      await clock.sleep(Math.min(waitMs, GATHER_S * 1000), signal);
      if (signal.aborted) return false;
      if (clock.elapsedS() - gatheredSinceS >= GATHER_S) if (!(await commit())) return false;
    }
    return !signal.aborted;
  }

  /** Appends the gathered events with the entries of their files. Tries again while the log is unreachable; false if the signal ended that. */
  async function commit(): Promise<boolean> {
    gatheredSinceS = clock.elapsedS();
    const changed = reached.filter((entry, i) => entry !== stored[i]);
    if (changed.length === 0) return true;
    const append = [...batch, ...changed.map((entry) => ledger.record(entry, clock.nowMs()))];
    let isSettled = true;
    for (let backOffMs = FIRST_BACK_OFF_MS; ; backOffMs = Math.min(2 * backOffMs, LONGEST_BACK_OFF_MS)) {
      try {
        patience.begin();
        if (!isSettled) {
          writer = await openWriter();
          if (await isStored()) break;
          isSettled = true;
        }
        await writer.append(append);
        break;
      } catch (error) {
        if (error instanceof WriterFenced) throw error;
        isSettled = false;
        if (signal.aborted) return false;
        patience.failed(error);
        const cause = patience.textOf(error);
        onTrouble(`${batch.length} records could not be written (${cause}); trying again in ${backOffMs} ms`);
        await clock.sleep(backOffMs, signal);
        if (signal.aborted) return false;
      }
    }
    patience.succeeded();
    stored = [...reached];
    batch = [];
    return true;
  }

  /** Whether an append without an answer has been stored, by the entries in the log. */
  async function isStored(): Promise<boolean> {
    const inLog = new Map((await ledger.entries()).map((entry) => [entry.digest, entry]));
    const holds = (entries: readonly BackfillEntry[]) =>
      entries.every(({ digest, rows, isComplete }) => {
        const found = inLog.get(digest);
        return (found?.rows ?? 0) === rows && (found?.isComplete ?? false) === isComplete;
      });
    if (holds(reached)) return true;
    if (holds(stored)) return false;
    // Another process has gone on with the same files in between.
    throw new WriterFenced('backfill');
  }
}
