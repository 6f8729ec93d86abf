import { BY_NOBODY, type InForce, inForceAfter, nextRelease, type ReleaseChange } from '../../domain/release/release';
import type { LogReader, LogRecord, LogWriter } from '../../ports/log';
import type { CurrentModel, ModelAnnouncement, ModelRegistry, PastModel } from '../../ports/model-registry';
import type { ModelAnnouncementCodec } from '../../serde/model-announcement-codec';
import { decodeRelease, encodeRelease } from '../../serde/release-headers';
import { isBackfillKey } from './log-backfill-ledger';
import { PREQUENTIAL_KEY } from './log-prequential-reports';
import { isTierKey } from './log-tier-releases';
import { NewestRecord, PARTITION } from './newest-record';

const CURRENT = 'current';

/**
 * The model registry on any event log. Each record contains the whole artefact, once under its version and once under `current`. The topic
 * is compacted, so a new process reads each version and the current one, and nothing else.
 */
export class LogModelRegistry implements ModelRegistry {
  private readonly newest: NewestRecord<CurrentModel>;

  constructor(
    private readonly topic: string,
    private readonly reader: LogReader,
    private readonly writer: LogWriter,
    private readonly codec: ModelAnnouncementCodec,
    /** Called with the reason for each unreadable announcement. The announcement is skipped. */
    private readonly onUnreadable: (detail: string) => void,
  ) {
    this.newest = new NewestRecord(topic, reader, (records) => this.newestOf(records));
  }

  async publish(announcement: ModelAnnouncement, change: ReleaseChange = BY_NOBODY): Promise<void> {
    const { version, announcedAtMs: timestampMs } = announcement;
    const headers = encodeRelease(nextRelease(await this.inForce(), version, change));
    const value = this.codec.encode(announcement);
    const record = { topic: this.topic, partition: PARTITION, value, timestampMs, headers };
    const key = (text: string) => new TextEncoder().encode(text);
    // The version goes first. A crash in between leaves a version that is not current, never a current model without a version.
    await this.writer.append([
      { ...record, key: key(version) },
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

  current(): Promise<CurrentModel | null> {
    return this.newest.current();
  }

  async versions(): Promise<ReadonlyMap<string, ModelAnnouncement>> {
    const versions = new Map<string, ModelAnnouncement>();
    await this.reader.readToEnd([await this.beginning()], async ({ records }) => {
      for (const record of records) {
        const announcement = this.decoded(record, isVersion);
        if (announcement === null) continue;
        // Deleted first, so that the order is that of the last announcements.
        versions.delete(announcement.version);
        versions.set(announcement.version, announcement);
      }
    });
    return versions;
  }

  async history(afterSequence = -1): Promise<readonly PastModel[]> {
    const { offset: start, ...partition } = await this.beginning();
    const announcements: PastModel[] = [];
    await this.reader.readToEnd([{ ...partition, offset: Math.max(start, afterSequence + 1) }], async ({ records }) => {
      for (const record of records) {
        const announcement = this.currentOf(record);
        if (announcement === null) continue;
        const { artefact: _, ...past } = announcement;
        announcements.push(past);
      }
    });
    return announcements;
  }

  watchCurrent(onCurrent: (current: CurrentModel) => void, signal: AbortSignal): Promise<void> {
    return this.newest.watch(onCurrent, signal);
  }

  async watchHistory(onAnnouncement: (announcement: CurrentModel) => void, signal: AbortSignal): Promise<void> {
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

  private async inForce(): Promise<InForce> {
    const current = await this.current();
    if (current?.release !== undefined) return { version: current.version, ...current.release };
    // Nothing was announced yet, or by an earlier program. Then the whole topic tells.
    return inForceAfter(await this.history(), [...(await this.versions()).keys()]);
  }

  private async beginning() {
    const { start } = await this.reader.bounds(this.topic, PARTITION);
    return { topic: this.topic, partition: PARTITION, offset: start };
  }

  private newestOf(records: readonly LogRecord[]): CurrentModel | null {
    for (const record of records.toReversed()) {
      const current = this.currentOf(record);
      if (current !== null) return current;
    }
    return null;
  }

  private currentOf(record: LogRecord): CurrentModel | null {
    const announcement = this.decoded(record, (key) => key === CURRENT);
    return announcement === null ? null : { ...announcement, sequence: record.offset };
  }

  private decoded(record: LogRecord, wanted: (key: string) => boolean): ModelAnnouncement | null {
    const { key, value, offset } = record;
    if (key === null || value === null || !wanted(new TextDecoder().decode(key))) return null;
    const decoded = this.codec.decode(value);
    if (decoded.ok) {
      const release = decodeRelease(record.headers);
      return release === undefined ? decoded.value : { ...decoded.value, release };
    }
    this.onUnreadable(`${this.topic}@${offset}: ${decoded.detail}`);
    return null;
  }
}

function isVersion(key: string): boolean {
  return key !== CURRENT && key !== PREQUENTIAL_KEY && !isTierKey(key) && !isBackfillKey(key);
}
