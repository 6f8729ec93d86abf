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
  /** Names of the input topics, by TopicIndex; ticks are not read. */
  readonly topics: readonly string[];
  readonly partitions: number;
  readonly labels: LabelSettings;
}

/**
 * Events in, labels out: every batch is folded and committed to the store together with its offsets, so that a killed process goes on
 * from the last commit. Records that can't be decoded are passed over; dead-lettering them is the scorer's business.
 */
export class LabelIntake {
  readonly partitions: readonly PartitionLabels[];
  /** Records passed over because they could not be decoded. */
  undecodable = 0;
  /** By partition, where the table of customers ended when last heard of: time goes on only past what was known to be in it. */
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

  /** Where reading goes on. */
  positions(): ReadPosition[] {
    return this.partitions.flatMap((labels) =>
      KEYED_TOPICS.map((i) => ({
        topic: this.settings.topics[i]!,
        partition: labels.partition,
        offset: labels.nextOffset(i),
      })),
    );
  }

  /** Takes one batch in and commits it. */
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
    // What is known of the other topics' ends is older than this batch: only the idle check may call them idle.
    const ends = new Array<number>(this.settings.topics.length).fill(UNKNOWN_END);
    ends[CUSTOMERS_TOPIC] = this.tableEnds[batch.partition]!;
    labels.advance(ends);
    this.ports.store.commit([labels.takeChanges()], null);
  }

  /** Asks the log for the ends of the topics and lets time go on where some are idle. With the log away nothing is idle. */
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
