export type EmbeddedErrorCode =
  /** The folder was written by another version of this layout. */
  | 'embedded-format'
  | 'embedded-topic-missing'
  | 'embedded-partition-missing'
  /** The input topics do not have the same number of partitions. */
  | 'embedded-copartition'
  | 'embedded-key-too-long';

/** A fault of the embedded store that has a name; what LMDB itself throws passes unchanged. */
export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError';

  constructor(
    readonly code: EmbeddedErrorCode,
    message: string,
  ) {
    super(message);
  }
}
