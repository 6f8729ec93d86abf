export type EmbeddedErrorCode =
  /** Another version of this layout wrote the folder. */
  | 'embedded-format'
  | 'embedded-topic-missing'
  | 'embedded-partition-missing'
  /** The input topics differ in their number of partitions. */
  | 'embedded-copartition'
  | 'embedded-key-too-long';

/** A fault of the embedded store with a code. Errors of LMDB itself pass through unchanged. */
export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError';

  constructor(
    readonly code: EmbeddedErrorCode,
    message: string,
  ) {
    super(message);
  }
}
