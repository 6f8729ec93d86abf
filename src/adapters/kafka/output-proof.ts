import type { OffsetVector } from '../../domain/event';
import type { LogRecord } from '../../ports/log';
import { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { UpdateCodec } from '../../serde/update-codec';
import { decodeEmitted, EMITTED_HEADER } from './emitted-header';
import type { PublisherSettings } from './settings';

/** What one committed record of an output topic proves to be published. */
export interface OutputProof {
  readonly emitted: OffsetVector;
  /**
   * The record has the header, so `emitted` holds all emitted offsets of its transaction. Otherwise it holds only the record's own source.
   */
  readonly isWhole: boolean;
}

type Source = { readonly topic: number; readonly partition: number; readonly offset: number };

/**
 * Evaluates records of one partition of both output topics. Records of versions before the header name only their source. Their transaction
 * moved the emitted offsets beyond the source of each of its records.
 */
export class OutputProofs {
  private readonly updates = new UpdateCodec();
  private readonly deadLetters = new DeadLetterCodec();

  constructor(
    private readonly settings: PublisherSettings,
    private readonly partition: number,
  ) {}

  /** Null if the record proves nothing: it is of another group or another program, or a tombstone. */
  of(topic: string, { headers = {}, value }: LogRecord): OutputProof | null {
    const text = headers[EMITTED_HEADER];
    if (text !== undefined) {
      const { groupId, logs } = this.settings;
      const emitted = decodeEmitted(groupId, logs, text);
      // Records exist, but their offsets don't count here, so the tail is not exact.
      if (emitted === 'other-logs') return { emitted: [], isWhole: false };
      return emitted && { emitted, isWhole: true };
    }
    const source = value && this.sourceOf(topic, value);
    if (!source || source.topic < 0 || source.partition !== this.partition) return null;
    const { inputTopics } = this.settings;
    return { emitted: inputTopics.map((_, at) => (at === source.topic ? source.offset + 1 : 0)), isWhole: false };
  }

  private sourceOf(topic: string, value: Uint8Array): Source | null {
    if (topic === this.settings.updatesTopic) {
      const decoded = this.updates.decode(value);
      return decoded.ok ? decoded.value.source : null;
    }
    const decoded = this.deadLetters.decode(value);
    if (!decoded.ok) return null;
    const { partition, offset } = decoded.value;
    return { topic: this.settings.inputTopics.indexOf(decoded.value.topic), partition, offset };
  }
}
