import { type AuditScope, joined, type PartitionAuditor, type PartitionVerdict } from '../../domain/audit/audit';
import { CoalescedAudit } from '../../domain/audit/audit-coalesced';
import { EveryAudit } from '../../domain/audit/audit-every';
import { AuditedInputs } from '../../domain/audit/audited-inputs';
import { ContentAudit } from '../../domain/audit/content-audit';
import { minorPerMajor } from '../../domain/currency';
import { EVENT_TOPICS, KEYED_TOPICS, TICK_TOPIC } from '../../domain/event';
import type { Scorer } from '../../domain/scoring/scorer';
import type { TierCuts } from '../../domain/scoring/tier-cuts';
import type { LogBounds, LogReader, LogRecord } from '../../ports/log';
import type { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { digestText } from '../../serde/digest-text';
import type { EventCodec } from '../../serde/event-codec';
import { decodeState, encodeState } from '../../serde/state-blob';
import type { UpdateCodec } from '../../serde/update-codec';
import { LetterBook } from './letter-book';
import { readInput } from './read-inputs';

export interface AuditPorts {
  readonly reader: LogReader;
  readonly events: EventCodec;
  readonly updates: UpdateCodec;
  readonly deadLetters: DeadLetterCodec;
}

export interface AuditTopics {
  /** Names of the input topics, by TopicIndex. */
  readonly inputs: readonly string[];
  readonly updates: string;
  readonly deadLetters: string;
}

export interface AuditOptions {
  /** The emission of the updates. `coalesced` works for any emission, and compares counts only. */
  readonly emission: 'every' | 'coalesced';
  /** Emitted offsets of a partition. Records from them on count as pending. Null requires an outcome for every position. */
  readonly emitted: ((partition: number) => Promise<readonly number[] | null>) | null;
  /** Updates of records newer than this can't have been removed by compaction, ms since the epoch. −Infinity if none can. */
  readonly updatesKeptSinceMs: number;
  /** A record that is not published yet is overdue if its log timestamp is earlier than this, ms. Default: none is overdue. */
  readonly overdueBeforeMs?: number;
  /** Returns a scorer for a model version, or undefined if the model is not stored. Default: no model is available. */
  readonly scorerOf?: (version: string) => Scorer | undefined;
  /** Released tier cuts by version. Called for each partition, when the end of its updates is known: cuts are released meanwhile. */
  readonly releasedCuts?: () => Promise<ReadonlyMap<string, TierCuts>>;
  /** True if the scores of this customer are computed again. Default: none are. */
  readonly rescores?: (customerId: string) => boolean;
  readonly onPartition?: (verdict: PartitionVerdict) => void;
  /** Called at intervals with the number of records read of a partition. */
  readonly onProgress?: (partition: number, records: number) => void;
}

/** Audits every input position. It reads nothing but the topics. */
export async function auditTopics(
  ports: AuditPorts,
  topics: AuditTopics,
  partitions: number,
  options: AuditOptions,
): Promise<PartitionVerdict[]> {
  const verdicts: PartitionVerdict[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const verdict = await new PartitionAudit(ports, topics, partition, options).run();
    verdicts.push(verdict);
    options.onPartition?.(verdict);
  }
  return verdicts;
}

const PROGRESS_EVERY = 100_000;
const NOTHING: LogBounds = { start: 0, end: 0 };

/** Audits one partition. Each topic is read once: dead letters first, then inputs, then updates. */
class PartitionAudit {
  private records = 0;

  constructor(
    private readonly ports: AuditPorts,
    private readonly topics: AuditTopics,
    private readonly partition: number,
    private readonly options: AuditOptions,
  ) {}

  async run(): Promise<PartitionVerdict> {
    const { partition, options, topics } = this;
    const { emission, emitted } = options;
    // In this order: emitted offsets, end of the updates, ends of the inputs. So all inputs of the updates read are below the ends.
    const published = emitted === null ? null : ((await emitted(partition)) ?? topics.inputs.map(() => 0));
    const updates = await this.boundsOf(topics.updates);
    const letters = await this.boundsOf(topics.deadLetters);
    const ranges: LogBounds[] = [];
    for (const topic of topics.inputs) ranges.push(await this.boundsOf(topic));
    const scope: AuditScope = {
      ranges: ranges.map((range, topic) => (EVENT_TOPICS.includes(topic) ? range : NOTHING)),
      emitted: published,
      updatesKeptSinceMs: options.updatesKeptSinceMs,
      updatesCut: updates.start > 0,
      deadLettersCut: letters.start > 0,
      ...(options.overdueBeforeMs === undefined ? {} : { overdueBeforeMs: options.overdueBeforeMs }),
    };
    const positions = emission === 'every' ? new EveryAudit(partition, scope) : new CoalescedAudit(partition, scope);
    const inputs = new AuditedInputs(ranges);
    const cuts = (await options.releasedCuts?.()) ?? new Map<string, TierCuts>();
    const content = this.contentAudit(inputs, scope, cuts);
    const book = await this.readLetters(positions, content, letters);
    await this.readInputs(inputs, content, book, scope, ranges);
    await this.readUpdates(positions, content, updates);
    for (const topic of EVENT_TOPICS) {
      inputs.forEach(topic, (offset, customerId, timestampMs) =>
        positions.addInput(topic, offset, customerId, timestampMs),
      );
    }
    return joined(positions.verdict(), content.tally.verdict());
  }

  private contentAudit(inputs: AuditedInputs, scope: AuditScope, cuts: ReadonlyMap<string, TierCuts>): ContentAudit {
    const { partition, options } = this;
    const { emission, scorerOf = () => undefined, rescores = () => false } = options;
    const { events } = this.ports;
    const { currency } = events;
    return new ContentAudit(inputs, {
      partition,
      money: { currency, minorPerMajor: minorPerMajor(currency) },
      emission,
      updatesMayBeGone: scope.updatesCut || scope.updatesKeptSinceMs > Number.NEGATIVE_INFINITY,
      deadLettersCut: scope.deadLettersCut,
      belongs: (customerId) => events.places(customerId, partition),
      scorerOf,
      cutsOf: (version) => cuts.get(version),
      rescores,
      shelf: { pack: encodeState, unpack: decodeState },
    });
  }

  private async readLetters(positions: PartitionAuditor, content: ContentAudit, { start }: LogBounds) {
    const { partition, topics, ports } = this;
    const book = new LetterBook();
    await this.read(topics.deadLetters, start, (record) => {
      const decoded = ports.deadLetters.decode(record.value);
      const topic = decoded.ok ? topics.inputs.indexOf(decoded.value.topic) : -1;
      if (!decoded.ok || topic < 0) {
        const field = decoded.ok ? 'topic' : 'value';
        content.tally.find({ fault: 'foreign', topic: -1, offset: -1, field, log: 'dead-letters', at: record.offset });
        return;
      }
      positions.addDeadLetter(topic, decoded.value.offset);
      book.add(topic, partition, decoded.value, record);
    });
    return book;
  }

  private async readInputs(
    inputs: AuditedInputs,
    content: ContentAudit,
    letters: LetterBook,
    scope: AuditScope,
    ranges: readonly LogBounds[],
  ): Promise<void> {
    const { topics, partition, ports } = this;
    const pass = {
      read: (topic: string, start: number, take: (record: LogRecord) => void) => this.read(topic, start, take),
      events: ports.events,
      partition,
      inputs,
      letters,
      tally: content.tally,
      isPublished: (topic: number, offset: number) => scope.emitted === null || offset < (scope.emitted[topic] ?? 0),
      lettersCut: scope.deadLettersCut,
    };
    for (const topic of [...KEYED_TOPICS, TICK_TOPIC])
      await readInput(pass, topics.inputs[topic]!, topic, ranges[topic]!);
    // For event topics the audit of positions reports a missing record. In a compacted topic the record may have been removed.
    const { start, end } = ranges[TICK_TOPIC]!;
    for (const offset of letters.offsets(TICK_TOPIC)) {
      const { at, wasJudged } = letters.of(TICK_TOPIC, offset)!;
      if (offset < start || offset >= end || wasJudged) continue;
      content.tally.find({ fault: 'unexpected', topic: TICK_TOPIC, offset, log: 'dead-letters', at });
    }
  }

  private async readUpdates(
    positions: PartitionAuditor,
    content: ContentAudit,
    { start, end }: LogBounds,
  ): Promise<void> {
    const { topics, ports } = this;
    await this.read(topics.updates, start, ({ key, value, offset }) => {
      if (value === null) return; // a tombstone of a deleted customer
      const decoded = ports.updates.decodeStrictly(value);
      if (!decoded.ok) {
        content.tally.find({ fault: 'foreign', topic: -1, offset: -1, field: 'value', log: 'updates', at: offset });
        return;
      }
      const { update, faults } = decoded.value;
      if (digestText(key) !== digestText(Buffer.from(update.customerId, 'utf8'))) faults.push('key');
      if (update.source.topic >= 0) positions.addUpdate(update);
      // Later updates may include inputs beyond the ends of this audit.
      if (offset < end) content.addUpdate(update, offset, faults);
    });
  }

  private boundsOf(topic: string): Promise<LogBounds> {
    return this.ports.reader.bounds(topic, this.partition);
  }

  private read(topic: string, offset: number, take: (record: LogRecord) => void): Promise<void> {
    const { partition, options } = this;
    return this.ports.reader.readToEnd([{ topic, partition, offset }], async ({ records }) => {
      for (const record of records) {
        take(record);
        this.records += 1;
        if (this.records % PROGRESS_EVERY === 0) options.onProgress?.(partition, this.records);
      }
    });
  }
}
