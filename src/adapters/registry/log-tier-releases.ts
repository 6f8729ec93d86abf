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
    return (await this.stored()).versions;
  }

  async current(): Promise<TierRelease | null> {
    return (await this.stored()).newest;
  }

  async watch(onRelease: (release: TierRelease) => void, signal: AbortSignal): Promise<void> {
    const { newest, nextOffset } = await this.stored();
    if (newest !== null) onRelease(newest);
    await this.reader.follow(
      [{ topic: this.topic, partition: PARTITION, offset: nextOffset }],
      async ({ records }) => {
        const last = records.flatMap((record) => this.decoded(record)).at(-1);
        if (last !== undefined) onRelease(last);
      },
      signal,
    );
  }

  private async stored() {
    const { start } = await this.reader.bounds(this.topic, PARTITION);
    const versions = new Map<string, TierRelease>();
    let newest: TierRelease | null = null;
    let nextOffset = start;
    await this.reader.readToEnd([{ topic: this.topic, partition: PARTITION, offset: start }], async (batch) => {
      for (const release of batch.records.flatMap((record) => this.decoded(record))) {
        versions.set(release.version, release);
        newest = release;
      }
      nextOffset = batch.nextOffset;
    });
    return { versions, newest: newest as TierRelease | null, nextOffset };
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
