import type { DeadLetterReason } from '../../domain/dead-letter';
import type { OffsetVector } from '../../domain/event';
import type { Money } from '../../domain/scoring/prediction';
import type { Scorer } from '../../domain/scoring/scorer';
import type { Cleaning } from '../../domain/state/cleaning';
import type { OutboxRecord } from '../../ports/state-store';
import type { DeadLetterCodec } from '../../serde/dead-letter-codec';
import type { UpdateCodec } from '../../serde/update-codec';
import type { Emission } from './emission';

export interface FoldSettings {
  readonly money: Money;
  /** Names of the input topics, by TopicIndex. */
  readonly topics: readonly string[];
  /** A tick re-scores customers whose last score is older than this, seconds. */
  readonly quietAfterS: number;
  /** … and publishes where the value moved by more than this share of itself, or the model changed. */
  readonly quietChange: number;
  readonly emission: Emission;
  /** The batch ends after the record that takes its output past this many bytes. */
  readonly maxBatchBytes: number;
}

export interface FoldContext {
  readonly partition: number;
  readonly scorer: Scorer;
  readonly updates: UpdateCodec;
  readonly deadLetters: DeadLetterCodec;
  readonly settings: FoldSettings;
  /** Format level of the states; absent: level 1, which every version reads. */
  readonly format?: number;
  /** F before the batch, and E: what lies below E was published before a roll-back. */
  readonly folded: OffsetVector;
  readonly emitted: OffsetVector;
  /** A dead letter's record takes at most so many bytes, key and value together; what does not fit is cut. */
  readonly maxLetterBytes?: number | undefined;
}

/** A record, or one customer's part of a tick, whose fold threw. */
export interface FoldFailure {
  readonly customerId: string;
  readonly topic: string;
  readonly offset: number;
  readonly during: 'fold' | 'sweep';
  readonly error: string;
}

/** What one micro-batch commits, and what there is to report once it is. */
export interface FoldedBatch {
  readonly states: readonly { readonly customerId: string; readonly state: Uint8Array; readonly isNew: boolean }[];
  readonly folded: readonly number[];
  readonly records: readonly OutboxRecord[];
  /** How many of the given items the batch covers; the rest belongs to the next one. */
  readonly taken: number;
  readonly report: BatchReport;
}

export interface BatchReport {
  readonly events: ReadonlyMap<string, number>;
  readonly updates: number;
  readonly deadLetters: ReadonlyMap<DeadLetterReason, number>;
  /** Keys of records in a partition that they do not hash to, by the topic's name. */
  readonly misplaced: ReadonlyMap<string, readonly (Uint8Array | null)[]>;
  readonly tooLate: number;
  readonly coalesced: number;
  readonly replayed: number;
  readonly cleaned: ReadonlyMap<Cleaning, number>;
  readonly failures: readonly FoldFailure[];
  /** Customers met in this batch whose state can't be used, and why not. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Log timestamps of one record in 64, ms. */
  readonly sampledTimestampsMs: readonly number[];
}
