import type { LogReader, LogRecord, LogWriter } from '../../ports/log';
import type { ModelAnnouncement, ModelRegistry } from '../../ports/model-registry';
import type { ModelAnnouncementCodec } from '../../serde/model-announcement-codec';
import { PREQUENTIAL_KEY } from './log-prequential-reports';

const CURRENT = 'current';
/** The topic has one partition, so that announcements have one order. */
const PARTITION = 0;

/**
 * The model registry on any event log. Each record contains the whole artefact, once under its version and once under `current`. The topic
 * is compacted, so a new process reads each version and the current one, and nothing else.
 */
export class LogModelRegistry implements ModelRegistry {
  constructor(
    private readonly topic: string,
    private readonly reader: LogReader,
    private readonly writer: LogWriter,
    private readonly codec: ModelAnnouncementCodec,
    /** Called with the reason for each unreadable announcement. The announcement is skipped. */
    private readonly onUnreadable: (detail: string) => void,
  ) {}

  async publish(announcement: ModelAnnouncement): Promise<void> {
    const value = this.codec.encode(announcement);
    const record = { topic: this.topic, partition: PARTITION, value, timestampMs: announcement.announcedAtMs };
    const key = (text: string) => new TextEncoder().encode(text);
    // The version goes first. A crash in between leaves a version that is not current, never a current model without a version.
    await this.writer.append([
      { ...record, key: key(announcement.version) },
      { ...record, key: key(CURRENT) },
    ]);
  }

  async keep(announcement: ModelAnnouncement): Promise<void> {
    if ((await this.versions()).has(announcement.version)) return;
    const key = new TextEncoder().encode(announcement.version);
    const value = this.codec.encode(announcement);
    const { announcedAtMs: timestampMs } = announcement;
    await this.writer.append([{ topic: this.topic, partition: PARTITION, key, value, timestampMs }]);
  }

  async current(): Promise<ModelAnnouncement | null> {
    let latest: ModelAnnouncement | null = null;
    await this.reader.readToEnd([await this.beginning()], async ({ records }) => {
      for (const record of records) latest = this.currentOf(record) ?? latest;
    });
    return latest;
  }

  async versions(): Promise<ReadonlyMap<string, ModelAnnouncement>> {
    const versions = new Map<string, ModelAnnouncement>();
    await this.reader.readToEnd([await this.beginning()], async ({ records }) => {
      for (const record of records) {
        const announcement = this.decoded(record, (key) => key !== CURRENT && key !== PREQUENTIAL_KEY);
        if (announcement !== null) versions.set(announcement.version, announcement);
      }
    });
    return versions;
  }

  async watch(onAnnouncement: (announcement: ModelAnnouncement) => void, signal: AbortSignal): Promise<void> {
    await this.reader.follow(
      [await this.beginning()],
      async ({ records }) => {
        for (const record of records) {
          const announcement = this.currentOf(record);
          if (announcement !== null) onAnnouncement(announcement);
        }
      },
      signal,
    );
  }

  async close(): Promise<void> {
    await this.reader.close();
    await this.writer.close();
  }

  private async beginning() {
    const { start } = await this.reader.bounds(this.topic, PARTITION);
    return { topic: this.topic, partition: PARTITION, offset: start };
  }

  private currentOf(record: LogRecord): ModelAnnouncement | null {
    return this.decoded(record, (key) => key === CURRENT);
  }

  private decoded({ key, value, offset }: LogRecord, wanted: (key: string) => boolean): ModelAnnouncement | null {
    if (key === null || value === null || !wanted(new TextDecoder().decode(key))) return null;
    const decoded = this.codec.decode(value);
    if (decoded.ok) return decoded.value;
    this.onUnreadable(`${this.topic}@${offset}: ${decoded.detail}`);
    return null;
  }
}
