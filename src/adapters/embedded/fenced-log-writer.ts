import { type LogWriter, type OutgoingRecord, WriterFenced } from '../../ports/log';
import type { EmbeddedEnvironment } from './environment';
import { decodeJson, encodeJson, fenceKey } from './layout';
import type { EmbeddedLogWriter } from './log-writer';

/** The only valid writer of its name: each opening raises an epoch, and an append with an older epoch is refused. */
export class EmbeddedFencedLogWriter implements LogWriter {
  private readonly epoch: number;

  constructor(
    private readonly env: EmbeddedEnvironment,
    private readonly writer: EmbeddedLogWriter,
    private readonly name: string,
  ) {
    this.epoch = env.write(() => {
      const next = this.storedEpoch() + 1;
      env.leases.putSync(fenceKey(name), encodeJson(next));
      return next;
    });
  }

  async append(records: readonly OutgoingRecord[]): Promise<void> {
    this.env.write(() => {
      if (this.storedEpoch() !== this.epoch) throw new WriterFenced(this.name);
      this.writer.appendInTransaction(records);
    });
  }

  async close(): Promise<void> {}

  private storedEpoch(): number {
    const stored = this.env.leases.get(fenceKey(this.name));
    return stored === undefined ? 0 : decodeJson<number>(stored);
  }
}
