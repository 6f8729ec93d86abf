import { CUSTOMERS_TOPIC, KEYED_TOPICS } from '../../domain/event';
import type { LabelSettings } from '../../domain/labels/label-progress';
import { PartitionLabels } from '../../domain/labels/labels';
import { UNKNOWN_END } from '../../domain/labels/watermark';
import type { StoredScore } from '../../domain/prequential/judged-score';
import type { EventDecoder } from '../../ports/event-decoder';
import type { LogBatch, LogReader, ReadPosition } from '../../ports/log';
import type { TrainerStore } from '../../ports/trainer-store';
import { decodeState, encodeState } from '../../serde/state-blob';

export interface IntakePorts {
  readonly reader: LogReader;
  readonly decoder: EventDecoder;
  readonly store: TrainerStore;
}

export interface IntakeSettings {
  /** Names of the input topics, by TopicIndex. Ticks are not read. */
  readonly topics: readonly string[];
  readonly partitions: number;
  readonly labels: LabelSettings;
}

/**
 * Turns events into labels. Every batch is folded and committed to the store together with its offsets, so a killed process goes on
 * from the last commit. Records that can't be decoded are skipped. The scorer writes their dead letters.
 */
export class LabelIntake {
  readonly partitions: readonly PartitionLabels[];
  /** Number of records skipped because they could not be decoded. */
  undecodable = 0;
  /** Last known end of the customers topic, by partition. The clock advances only after the topic was read up to it. */
  private readonly tableEnds: number[];

  constructor(
    private readonly ports: IntakePorts,
    private readonly settings: IntakeSettings,
    score: (snapshot: Uint8Array, atS: number) => StoredScore | null,
  ) {
    const { store } = ports;
    this.tableEnds = new Array<number>(settings.partitions).fill(UNKNOWN_END);
    this.partitions = Array.from({ length: settings.partitions }, (_, p) => {
      const load = (customerId: string) => store.state(p, customerId);
      return new PartitionLabels(p, store.progress(p), settings.labels, {
        load,
        encode: (state) => encodeState(state, store.format),
        decode: decodeState,
        score,
      });
    });
  }

  /** The next offset to read, per topic and partition. */
  positions(): ReadPosition[] {
    return this.partitions.flatMap((labels) =>
      KEYED_TOPICS.map((i) => ({
        topic: this.settings.topics[i]!,
        partition: labels.partition,
        offset: labels.nextOffset(i),
      })),
    );
  }

  /** Folds one batch and commits it. */
  async take(batch: LogBatch): Promise<void> {
    const topic = this.settings.topics.indexOf(batch.topic);
    const labels = this.partitions[batch.partition];
    if (topic < 0 || labels === undefined) return;
    const from = labels.nextOffset(topic);
    for (const record of batch.records) {
      if (record.offset < from) continue;
      const decoded = this.ports.decoder.decodeEvent(
        topic,
        batch.partition,
        record.value,
        record.timestampMs,
        record.key,
      );
      if (decoded.ok) labels.add(topic, record.offset, decoded.value);
      else this.undecodable++;
    }
    labels.readUpTo(topic, batch.nextOffset);
    if (topic === CUSTOMERS_TOPIC) this.tableEnds[batch.partition] = batch.end;
    // The last known ends of the other topics are older than this batch. Only the idle check may treat topics as idle.
    const ends = new Array<number>(this.settings.topics.length).fill(UNKNOWN_END);
    ends[CUSTOMERS_TOPIC] = this.tableEnds[batch.partition]!;
    labels.advance(ends);
    this.ports.store.commit([labels.takeChanges()], null);
  }

  /** Requests the topics' ends and lets the clock pass idle topics. If the log is unreachable, no topic counts as idle. */
  async checkIdle(): Promise<void> {
    for (const labels of this.partitions) {
      const ends = await this.endsOf(labels.partition);
      this.tableEnds[labels.partition] = ends[CUSTOMERS_TOPIC]!;
      if (labels.advance(ends)) this.ports.store.commit([labels.takeChanges()], null);
    }
  }

  private async endsOf(partition: number): Promise<number[]> {
    const bounds = KEYED_TOPICS.map((topic) => this.ports.reader.bounds(this.settings.topics[topic]!, partition));
    const answers = await Promise.allSettled(bounds);
    const ends = new Array<number>(this.settings.topics.length).fill(UNKNOWN_END);
    answers.forEach((answer, i) => {
      if (answer.status === 'fulfilled') ends[KEYED_TOPICS[i]!] = answer.value.end;
    });
    return ends;
  }
}
