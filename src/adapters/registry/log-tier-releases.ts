import type { LogReader, LogRecord, LogWriter } from '../../ports/log';
import type { TierRelease, TierReleases } from '../../ports/tier-releases';
import { decodeTierRelease, encodeTierRelease } from '../../serde/tier-release-codec';

const PREFIX = 'tiers:';
/** The models topic has one partition. */
const PARTITION = 0;

/** Whether a key of the models topic is that of a release of tier cuts. */
export function isTierKey(key: string): boolean {
  return key.startsWith(PREFIX);
}

/**
 * Releases of tier cuts in the compacted models topic, each under a key of its own. So compaction keeps every version, and the newest
 * record is the one in force. Readers of models skip these keys.
 */
export class LogTierReleases implements TierReleases {
  /** The newest release below {@link nextOffset}. The models of the topic are large, so what was read is not read again. */
  private newest: TierRelease | null = null;
  private nextOffset = 0;

  constructor(
    private readonly topic: string,
    private readonly reader: LogReader,
    private readonly writer: LogWriter,
    /** Called with the reason for each unreadable release. The release is skipped. */
    private readonly onUnreadable: (detail: string) => void,
  ) {}

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

  async current(): Promise<TierRelease | null> {
    const { start, end } = await this.reader.bounds(this.topic, PARTITION);
    // The topic was deleted and created again.
    if (this.nextOffset > end) {
      this.nextOffset = 0;
      this.newest = null;
    }
    const from = Math.max(start, this.nextOffset);
    await this.reader.readToEnd([{ topic: this.topic, partition: PARTITION, offset: from }], async (batch) => {
      this.newest = this.releasesOf(batch.records).at(-1) ?? this.newest;
      this.nextOffset = batch.nextOffset;
    });
    return this.newest;
  }

  async watch(onRelease: (release: TierRelease) => void, signal: AbortSignal): Promise<void> {
    const newest = await this.current();
    if (newest !== null) onRelease(newest);
    await this.reader.follow(
      [{ topic: this.topic, partition: PARTITION, offset: this.nextOffset }],
      async ({ records }) => {
        const last = this.releasesOf(records).at(-1);
        if (last !== undefined) onRelease(last);
      },
      signal,
    );
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
