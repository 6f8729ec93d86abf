import { type LogWriter, type OutgoingRecord, WriterFenced } from '../../ports/log';

/**
 * A fenced writer that is opened again at the append after a failed one, because a fenced writer of Kafka is unusable then. If another
 * process has opened the writer in between, this fences that process: the last to open writes. Once fenced, it stays so.
 */
export class ReopenedWriter implements LogWriter {
  private fenced: WriterFenced | null = null;

  private constructor(
    private readonly open: () => Promise<LogWriter>,
    private writer: LogWriter | null,
  ) {}

  /** Opens the writer at once, which fences the previous one. */
  static async open(open: () => Promise<LogWriter>): Promise<ReopenedWriter> {
    return new ReopenedWriter(open, await open());
  }

  async append(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.fenced !== null) throw this.fenced;
    try {
      this.writer ??= await this.open();
      await this.writer.append(records);
    } catch (error) {
      if (error instanceof WriterFenced) this.fenced = error;
      this.writer = null;
      throw error;
    }
  }

  /** The opened writers belong to whoever opened them. */
  async close(): Promise<void> {}
}
