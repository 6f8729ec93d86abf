import { codeOf } from '../../../ports/failure-code';
import { type LogWriter, type OutgoingRecord, WriterFenced } from '../../../ports/log';

/**
 * The log could not be read or written. If it was a write, nobody knows whether it is in the log. What this process owns has to start again
 * from the log.
 */
export class OwnershipUnsure extends Error {
  override readonly name = 'OwnershipUnsure';
}

/** The log refuses a request, and waiting does not help. */
export class LogRefused extends Error {
  readonly code = 'log-refused';
  override readonly name = 'LogRefused';
}

const TOO_LARGE = 'a record is too large for it. clv-stream setup names the max.message.bytes that it needs';
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['MESSAGE_TOO_LARGE', TOO_LARGE],
  ['RECORD_LIST_TOO_LARGE', TOO_LARGE],
  ['TOPIC_AUTHORIZATION_FAILED', 'give the user Read, Write and Describe on it'],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', "give the user Write and Describe on the trainers' transactional ids"],
]);

/** Codes of faults that last: the same step would fail again. */
const LASTING = ['label-record', 'learning-record', 'store-owned', 'state-blob', 'format-level', 'log-refused'];

/** True if what failed may be tried again: the fault may end by itself. */
export function mayTryAgain(error: unknown): boolean {
  return error instanceof WriterFenced || error instanceof OwnershipUnsure;
}

/**
 * Runs a step that needs the log, and nothing but the log and this process's store. Rejects with WriterFenced, {@link OwnershipUnsure},
 * {@link LogRefused}, or with a fault that lasts. `of`: the topic or writer, for the message.
 */
export async function withLog<T>(of: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw meaningOf(error, of);
  }
}

function meaningOf(error: unknown, of: string): unknown {
  const code = codeOf(error);
  if (mayTryAgain(error) || LASTING.includes(code)) return error;
  const remedy = REMEDIES.get(code);
  if (remedy !== undefined) return new LogRefused(`the log refuses a request for ${of}: ${remedy}`, { cause: error });
  return new OwnershipUnsure(`a request for ${of} has failed: ${String(error)}`, { cause: error });
}

/** Appends all records at once. Rejects as {@link withLog} does. The writer is then of no use any more. */
export function appendOwned(writer: LogWriter, records: readonly OutgoingRecord[]): Promise<void> {
  const topics = new Set(records.map(({ topic }) => topic));
  return withLog(`topic ${[...topics].join(', ')}`, () => writer.append(records));
}

/**
 * A fenced writer of something that this process owns. After its first failure it is of no use any more. Whoever uses it later learns what
 * that was, even if the first failure was no fault for another user of the writer.
 */
export class OwnedWriter implements LogWriter {
  private ended: { readonly error: unknown } | null = null;

  constructor(
    private readonly writer: LogWriter,
    private readonly onAppended: () => void,
  ) {}

  async append(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.ended !== null) throw this.ended.error;
    try {
      await appendOwned(this.writer, records);
    } catch (error) {
      this.ended = { error };
      throw error;
    }
    this.onAppended();
  }

  /** Never rejects: what was not acknowledged by now is unsure anyway. */
  async close(): Promise<void> {
    await this.writer.close().catch(() => undefined);
  }
}
