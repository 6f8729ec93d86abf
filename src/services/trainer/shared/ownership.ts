import { type LogWriter, type OutgoingRecord, WriterFenced } from '../../../ports/log';

/** A write of this process failed, and nobody knows whether it is in the log. What it owns has to start again from the log. */
export class OwnershipUnsure extends Error {
  override readonly name = 'OwnershipUnsure';
}

/** Appends all records at once. Rejects with {@link WriterFenced} or {@link OwnershipUnsure}, and the writer is then of no use any more. */
export async function appendOwned(writer: LogWriter, records: readonly OutgoingRecord[]): Promise<void> {
  try {
    await writer.append(records);
  } catch (error) {
    if (error instanceof WriterFenced) throw error;
    throw new OwnershipUnsure(`a write has failed: ${String(error)}`, { cause: error });
  }
}
