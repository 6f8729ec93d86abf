import type { DeadLetterReason } from '../../domain/dead-letter';
import type { OffsetVector } from '../../domain/event';
import type { Money } from '../../domain/scoring/prediction';
import type { Scorer } from '../../domain/scoring/scorer';
import type { TierCuts } from '../../domain/scoring/tier-cuts';
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
  /** … and publishes the score if the value moved by more than this share of itself, or if the model changed. */
  readonly quietChange: number;
  readonly emission: Emission;
  /** The batch ends after the record whose output reaches this many bytes in total. */
  readonly maxBatchBytes: number;
}

export interface FoldContext {
  readonly partition: number;
  readonly scorer: Scorer;
  readonly updates: UpdateCodec;
  readonly deadLetters: DeadLetterCodec;
  readonly settings: FoldSettings;
  /** Format level of the states. Default: level 1, which every version reads. */
  readonly format?: number;
  /** Cuts in force. Missing or null below the format level that keeps tiers: then the model's cuts decide, without a previous tier. */
  readonly tierCuts?: TierCuts | null;
  /** Folded offsets before the batch, and emitted offsets. Records below the emitted offsets were published before a roll-back. */
  readonly folded: OffsetVector;
  readonly emitted: OffsetVector;
  /** Maximum bytes of a dead letter's record, key and value together. Longer content is cut. */
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

/** The content of one micro-batch's commit, and the figures to report after it. */
export interface FoldedBatch {
  readonly states: readonly { readonly customerId: string; readonly state: Uint8Array; readonly isNew: boolean }[];
  readonly folded: readonly number[];
  readonly records: readonly OutboxRecord[];
  /** Number of leading items that the batch covers. The others belong to the next batch. */
  readonly taken: number;
  readonly report: BatchReport;
}

export interface BatchReport {
  readonly events: ReadonlyMap<string, number>;
  readonly updates: number;
  readonly deadLetters: ReadonlyMap<DeadLetterReason, number>;
  /** Keys of records in a partition that they do not hash to, by topic name. */
  readonly misplaced: ReadonlyMap<string, readonly (Uint8Array | null)[]>;
  readonly tooLate: number;
  readonly coalesced: number;
  readonly replayed: number;
  readonly cleaned: ReadonlyMap<Cleaning, number>;
  readonly failures: readonly FoldFailure[];
  /** Customers of this batch whose state can't be used, with the reason. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Log timestamps of one record in 64, ms. */
  readonly sampledTimestampsMs: readonly number[];
}
