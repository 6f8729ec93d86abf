import type { PrequentialReport } from '../../domain/prequential/report';
import type { LogReader, LogWriter } from '../../ports/log';
import type { PrequentialReports } from '../../ports/prequential-reports';
import { decodeReport, encodeReport } from '../../serde/prequential-report-codec';

export const PREQUENTIAL_KEY = 'prequential';
/** The models topic has one partition. */
const PARTITION = 0;

/**
 * The latest prequential report, under a key of its own in the compacted models topic. Readers of models skip other keys. So a dashboard
 * that starts later finds the trainer's report in the same topic as its models.
 */
export class LogPrequentialReports implements PrequentialReports {
  constructor(
    private readonly topic: string,
    private readonly reader: LogReader,
    private readonly writer: LogWriter,
    /** Called with the reason for each unreadable report. The report is skipped. */
    private readonly onUnreadable: (detail: string) => void,
  ) {}

  async publish(report: PrequentialReport, atMs: number): Promise<void> {
    const key = new TextEncoder().encode(PREQUENTIAL_KEY);
    await this.writer.append([
      { topic: this.topic, partition: PARTITION, key, value: encodeReport(report), timestampMs: atMs },
    ]);
  }

  async watch(onReport: (report: PrequentialReport) => void, signal: AbortSignal): Promise<void> {
    const { start } = await this.reader.bounds(this.topic, PARTITION);
    await this.reader.follow(
      [{ topic: this.topic, partition: PARTITION, offset: start }],
      async ({ records }) => {
        for (const { key, value, offset } of records) {
          if (key === null || value === null || new TextDecoder().decode(key) !== PREQUENTIAL_KEY) continue;
          const decoded = decodeReport(value);
          if (decoded.ok) onReport(decoded.value);
          else this.onUnreadable(`${this.topic}@${offset}: ${decoded.detail}`);
        }
      },
      signal,
    );
  }
}
