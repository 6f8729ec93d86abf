import type { LogReader, LogRecord, LogWriter } from '../../ports/log';
import type { TierRelease, TierReleases } from '../../ports/tier-releases';
import { decodeTierRelease, encodeTierRelease } from '../../serde/tier-release-codec';
import { NewestRecord, PARTITION } from './newest-record';

const PREFIX = 'tiers:';

/** Whether a key of the models topic is that of a release of tier cuts. */
export function isTierKey(key: string): boolean {
  return key.startsWith(PREFIX);
}

/**
 * Releases of tier cuts in the compacted models topic, each under a key of its own. So compaction keeps every version, and the newest
 * record is the one in force. Readers of models skip these keys.
 */
export class LogTierReleases implements TierReleases {
  private readonly newest: NewestRecord<TierRelease>;

  constructor(
    private readonly topic: string,
    private readonly reader: LogReader,
    private readonly writer: LogWriter,
    /** Called with the reason for each unreadable release. The release is skipped. */
    private readonly onUnreadable: (detail: string) => void,
  ) {
    this.newest = new NewestRecord(topic, reader, (records) => this.releasesOf(records).at(-1) ?? null);
  }

  async publish(release: TierRelease): Promise<void> {
    const key = new TextEncoder().encode(PREFIX + release.version);
    const value = encodeTierRelease(release);
    const timestampMs = release.releasedAtMs;
    await this.writer.append([{ topic: this.topic, partition: PARTITION, key, value, timestampMs }]);
  }

  async versions(): Promise<ReadonlyMap<string, TierRelease>> {
    const { start } = await this.reader.bounds(this.topic, PARTITION);
    const versions = new Map<string, TierRelease>();
    await this.reader.readToEnd([{ topic: this.topic, partition: PARTITION, offset: start }], async ({ records }) => {
      for (const release of this.releasesOf(records)) versions.set(release.version, release);
    });
    return versions;
  }

  current(): Promise<TierRelease | null> {
    return this.newest.current();
  }

  watch(onRelease: (release: TierRelease) => void, signal: AbortSignal): Promise<void> {
    return this.newest.watch(onRelease, signal);
  }

  private releasesOf(records: readonly LogRecord[]): TierRelease[] {
    return records.flatMap((record) => this.decoded(record));
  }

  /** None if the record is no release, or an unreadable one. */
  private decoded({ key, value, offset }: LogRecord): TierRelease[] {
    if (key === null || value === null || !isTierKey(new TextDecoder().decode(key))) return [];
    const decoded = decodeTierRelease(value);
    if (decoded.ok) return [decoded.value];
    this.onUnreadable(`${this.topic}@${offset}: ${decoded.detail}`);
    return [];
  }
}
