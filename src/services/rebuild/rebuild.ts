import { EVENT_TOPICS, KEYED_TOPICS, type OffsetVector } from '../../domain/event';
import type { SequenceState } from '../../domain/state/sequence-state';
import type { ClvUpdate } from '../../domain/update';
import type { Clock } from '../../ports/clock';
import type { LogReader } from '../../ports/log';
import type { StateFormats } from '../../ports/state-formats';
import type { StateMend } from '../../ports/state-mend';
import type { StateReader } from '../../ports/state-store';
import type { DeadLetterCodec } from '../../serde/dead-letter-codec';
import type { EventCodec } from '../../serde/event-codec';
import { OLDEST_FORMAT } from '../../serde/format-level';
import { encodeState } from '../../serde/state-blob';
import type { UpdateCodec } from '../../serde/update-codec';
import type { DamagedState } from './find-damaged';
import { differingTopics, merged, type PastEvent, refold } from './refold';

export interface RebuildPorts {
  readonly reader: LogReader;
  readonly states: StateReader;
  readonly mend: StateMend;
  /** Source of the format level of the partition's states. */
  readonly formats: Pick<StateFormats, 'status'>;
  readonly events: EventCodec;
  readonly updates: UpdateCodec;
  readonly deadLetters: DeadLetterCodec;
  /** The emitted offset of each topic; null if nothing is published. */
  readonly emitted: (partition: number) => Promise<OffsetVector | null>;
  readonly clock: Clock;
}

export interface RebuildOptions {
  /** Names of the topics, inputs by TopicIndex. */
  readonly topics: { readonly inputs: readonly string[]; readonly updates: string; readonly deadLetters: string };
  /** N of the model in force: the window keeps N to 2N − 1 events. */
  readonly window: number;
  /** If true, goes on even if the log lacks a customer's first records, or if the counts do not match. */
  readonly fromWhatIsLeft: boolean;
  /** Maximum wait for the publication of commits, ms. */
  readonly publishDeadlineMs: number;
}

export interface RebuildOutcome {
  readonly customerId: string;
  readonly partition: number;
  readonly rebuilt: boolean;
  /** One sentence with the result, or with the reason for the failure and the next step. */
  readonly detail: string;
}

/** The rebuild can't begin. */
export class RebuildError extends Error {
  readonly code = 'CLV_STATE_REBUILD';
  override readonly name = 'RebuildError';
}

const LOOK_AGAIN_MS = 200;

/**
 * Folds customers of one partition again from the log. A scorer may run at the same time. As long as a state can't be used, each of
 * its records becomes a dead letter, and no commit writes its key. So the right state has the records below the folded offsets that
 * have no dead letter. It is written only if the key still has the value that was found. `damaged` must have been read before.
 */
export async function rebuildCustomers(
  ports: RebuildPorts,
  partition: number,
  damaged: readonly DamagedState[],
  options: RebuildOptions,
): Promise<RebuildOutcome[]> {
  const folded = await ports.states.folded(partition);
  if (folded === null)
    throw new RebuildError(
      `partition ${partition} has no state: set CLV_ON_STATE_LOST=continue to fold it again from the log`,
    );
  const level = (await ports.formats.status(partition))?.level ?? OLDEST_FORMAT;
  await published(ports, partition, folded, options.publishDeadlineMs);
  const wanted = new Set(damaged.map(({ customerId }) => customerId));
  const letters = await letterPositions(ports, partition, options);
  const last = await lastUpdates(ports, partition, wanted, options);
  const { pasts, starts } = await readPasts(ports, partition, { wanted, folded, letters }, options);
  const outcomes: RebuildOutcome[] = [];
  for (const { customerId, found } of damaged) {
    const at = { customerId, partition };
    const records = { byTopic: pasts.get(customerId)!, last: last.get(customerId) ?? null, starts };
    const judged = judge(at, records, options);
    if (judged.state === null) {
      outcomes.push({ ...at, rebuilt: false, detail: judged.detail });
      continue;
    }
    const state = encodeState(judged.state, level);
    const put = await ports.mend.put(partition, { customerId, found, state, folded });
    const moved = 'its state was changed or rolled back meanwhile, so nothing was written; run this again';
    outcomes.push({ ...at, rebuilt: put, detail: put ? judged.detail : moved });
  }
  return outcomes;
}

/** Waits until everything below the folded offsets is published: a record whose dead letter is still in the outbox must not be folded. */
async function published(
  { emitted, clock }: RebuildPorts,
  partition: number,
  folded: OffsetVector,
  deadlineMs: number,
): Promise<void> {
  const startedS = clock.elapsedS();
  const { signal } = new AbortController();
  for (;;) {
    const reached = (await emitted(partition)) ?? [];
    if (folded.every((offset, topic) => (reached[topic] ?? 0) >= offset)) return;
    if ((clock.elapsedS() - startedS) * 1000 > deadlineMs) {
      throw new RebuildError(
        `partition ${partition} has commits that are not published yet: start a scorer, which publishes them. Then run this again`,
      );
    }
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

const positionOf = (topic: number, offset: number): string => `${topic}:${offset}`;

async function letterPositions(
  { reader, deadLetters }: RebuildPorts,
  partition: number,
  { topics }: RebuildOptions,
): Promise<Set<string>> {
  const positions = new Set<string>();
  await readAll(reader, topics.deadLetters, partition, ({ value, offset }) => {
    const decoded = deadLetters.decode(value);
    if (!decoded.ok) throw new RebuildError(`${topics.deadLetters} ${partition}@${offset}: ${decoded.detail}`);
    const letter = decoded.value;
    const topic = topics.inputs.indexOf(letter.topic);
    if (topic < 0 || letter.partition !== partition) return;
    // One letter may represent a whole batch of records.
    const end = letter.lastOffset ?? letter.offset;
    for (let at = letter.offset; at <= end; at++) positions.add(positionOf(topic, at));
  });
  return positions;
}

async function lastUpdates(
  { reader, updates }: RebuildPorts,
  partition: number,
  wanted: ReadonlySet<string>,
  { topics }: RebuildOptions,
): Promise<Map<string, ClvUpdate>> {
  const last = new Map<string, ClvUpdate>();
  await readAll(reader, topics.updates, partition, ({ key, value }) => {
    if (key === null || value === null || !wanted.has(new TextDecoder().decode(key))) return;
    const decoded = updates.decode(value);
    if (decoded.ok) last.set(decoded.value.customerId, decoded.value);
  });
  return last;
}

interface Pasts {
  /** Records below the folded offsets without a dead letter, by customer and topic. */
  readonly pasts: ReadonlyMap<string, PastEvent[][]>;
  /** First offset in the log, by TopicIndex. */
  readonly starts: readonly number[];
}

interface PastsWanted {
  /** Customer ids. */
  readonly wanted: ReadonlySet<string>;
  readonly folded: OffsetVector;
  /** Positions that have a dead letter. */
  readonly letters: ReadonlySet<string>;
}

async function readPasts(
  { reader, events }: RebuildPorts,
  partition: number,
  { wanted, folded, letters }: PastsWanted,
  { topics }: RebuildOptions,
): Promise<Pasts> {
  const pasts = new Map([...wanted].map((id) => [id, topics.inputs.map((): PastEvent[] => [])]));
  const starts = topics.inputs.map(() => 0);
  for (const topic of KEYED_TOPICS) {
    const name = topics.inputs[topic]!;
    const end = folded[topic] ?? 0;
    starts[topic] = (await reader.bounds(name, partition)).start;
    if (end === 0) continue;
    await readAll(reader, name, partition, ({ offset, key, value, timestampMs }) => {
      if (offset >= end || letters.has(positionOf(topic, offset))) return;
      const decoded = events.decodeEvent(topic, partition, value, timestampMs, key);
      if (!decoded.ok) return;
      const past = pasts.get(decoded.value.customerId);
      if (past !== undefined) past[topic]!.push({ topic, offset, event: decoded.value });
    });
  }
  return { pasts, starts };
}

async function readAll(
  reader: LogReader,
  topic: string,
  partition: number,
  take: (record: {
    readonly offset: number;
    readonly timestampMs: number;
    readonly key: Uint8Array | null;
    readonly value: Uint8Array | null;
  }) => void,
): Promise<void> {
  const { start } = await reader.bounds(topic, partition);
  await reader.readToEnd([{ topic, partition, offset: start }], async ({ records }) => records.forEach(take));
}

/** The log's records of one customer. */
interface CustomerRecords extends Pick<Pasts, 'starts'> {
  readonly byTopic: readonly PastEvent[][];
  /** The customer's last published update. */
  readonly last: ClvUpdate | null;
}

/** The rebuilt state with a text about its records; or null with the reason. */
function judge(
  { customerId, partition }: { readonly customerId: string; readonly partition: number },
  { byTopic, last, starts }: CustomerRecords,
  { topics, window, fromWhatIsLeft }: RebuildOptions,
): { readonly state: SequenceState | null; readonly detail: string } {
  const past = merged(byTopic);
  const state = refold(past, partition, window, last);
  const of = `${past.length} records`;
  const differing = last === null ? [] : differingTopics(state, last);
  const late = EVENT_TOPICS.filter((topic) => starts[topic]! > 0);
  if (differing.length === 0 && (last !== null || late.length === 0)) {
    const agrees = last === null ? 'no update of it is published' : 'counts and hashes match its last update';
    return { state, detail: `folded again from ${of}; ${agrees}` };
  }
  const begins = late.map((topic) => `${topics.inputs[topic]} begins at ${starts[topic]}`).join(', ');
  const counts = differing.map(
    (topic) => `${topics.inputs[topic]} ${state.folded[topic]!.count} of ${last!.folded[topic]!.count}`,
  );
  const lacking = [begins, counts.length > 0 ? `records found: ${counts.join(', ')}` : ''].filter(
    (part) => part !== '',
  );
  if (!fromWhatIsLeft) {
    const ways = `Use an older export (clv-stream state import), or go on from the records that are left: clv-stream state rebuild --from-what-is-left`;
    return {
      state: null,
      detail: `the log no longer holds the whole past of ${customerId} (${lacking.join('; ')}). ${ways}`,
    };
  }
  // The counts continue from the last published update, so that the audit can follow them.
  if (last !== null) for (const topic of EVENT_TOPICS) state.folded[topic] = { ...last.folded[topic]! };
  return { state, detail: `folded again from the records that are left, ${of} (${lacking.join('; ')})` };
}
