import type { LetterFacts } from '../../domain/audit/dead-letter-check';
import type { DeadLetter } from '../../domain/dead-letter';
import type { TopicIndex } from '../../domain/event';
import type { LogRecord } from '../../ports/log';
import { digestText, sha256Hex } from '../../serde/digest-text';

/** A dead letter for the comparison with its record. It has digests instead of bytes. */
export interface KeptLetter extends LetterFacts {
  readonly keyBytes: number;
  /** Set if the value was cut: size and SHA-256 of the whole value. */
  readonly cut: { readonly bytes: number; readonly sha256: string | undefined } | null;
  readonly lastOffset: number | null;
  /** Characters before the ellipsis, if the detail was shortened; else null. */
  readonly shortenedTo: number | null;
  /** True after its record was found and compared. */
  wasJudged: boolean;
}

/** Fields of a letter with cut content: size and digest of the original, and the last offset that the letter represents. */
interface CutLetter {
  readonly originalBytes?: number;
  readonly originalSha256?: string;
  readonly lastOffset?: number;
}

/** Minimum characters that remain of a shortened detail. */
const LEAST_SHORTENED = 200;

/** The dead letters of one partition, by the position in the letter. Each takes about 300 bytes. */
export class LetterBook {
  private readonly letters = new Map<TopicIndex, Map<number, KeptLetter>>();

  add(topic: TopicIndex, partition: number, letter: DeadLetter & CutLetter, record: LogRecord): void {
    const { reason, detail, timestampMs, key, value, originalBytes, originalSha256, lastOffset } = letter;
    const faults: string[] = [];
    if (letter.partition !== partition) faults.push('partition');
    if (digestText(record.key) !== digestText(key)) faults.push('key');
    const ofTopic = this.letters.get(topic) ?? new Map<number, KeptLetter>();
    this.letters.set(topic, ofTopic);
    // If two letters have one position, the first is compared with the record. The audit of positions reports the second.
    if (ofTopic.has(letter.offset)) return;
    ofTopic.set(letter.offset, {
      at: record.offset,
      reason,
      detail: detailDigest(detail),
      timestampMs,
      keyDigest: digestText(key),
      keyBytes: key?.length ?? -1,
      valueDigest: digestText(value),
      valueBytes: value?.length ?? -1,
      cut: originalBytes === undefined ? null : { bytes: originalBytes, sha256: originalSha256 },
      lastOffset: lastOffset ?? null,
      shortenedTo: detail.endsWith('…') && detail.length > LEAST_SHORTENED ? detail.length - 1 : null,
      faults,
      wasJudged: false,
    });
  }

  of(topic: TopicIndex, offset: number): KeptLetter | undefined {
    return this.letters.get(topic)?.get(offset);
  }

  offsets(topic: TopicIndex): Iterable<number> {
    return this.letters.get(topic)?.keys() ?? [];
  }
}

/** A record's key and value in the form of its letter. If the letter was cut: only the beginning, and the digest of the whole. */
export function bytesAsLettered(letter: KeptLetter, { key, value }: Pick<LogRecord, 'key' | 'value'>) {
  const begin = (bytes: Uint8Array | null, length: number) => bytes?.subarray(0, Math.max(0, length)) ?? null;
  const { cut } = letter;
  if (cut === null) {
    return { keyDigest: digestText(key), valueDigest: digestText(value), valueBytes: value?.length ?? -1, whole: true };
  }
  return {
    keyDigest: digestText(begin(key, letter.keyBytes)),
    valueDigest: digestText(begin(value, letter.valueBytes)),
    valueBytes: letter.valueBytes,
    whole: cut.bytes === (value?.length ?? 0) && cut.sha256 === (value === null ? undefined : sha256Hex(value)),
  };
}

/**
 * The detail without the text of the JSON or Avro library, which changes with the library's version. Our own part must not change: the
 * audit would report every letter of an earlier version as altered.
 */
function stableDetail(detail: string): string {
  return detail.replace(/(is no JSON|under schema id \d+|can't be read as \w+): .*$/s, '$1');
}

/** `shortenedTo`: length to which the letter's detail was shortened. The detail is shortened in the same way before hashing. */
export function detailDigest(whole: string, shortenedTo: number | null = null): string {
  const shorter = shortenedTo !== null && whole.length > shortenedTo;
  const detail = shorter ? `${whole.slice(0, shortenedTo)}…` : whole;
  return digestText(Buffer.from(stableDetail(detail)));
}
