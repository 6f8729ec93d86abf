import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import { type PartitionHash, partitionOf } from '../../serde/event-rules';

const HASHES: readonly PartitionHash[] = ['murmur2', 'crc32'];
/** A producer with another hash misplaces every record, so one line per minute and topic is enough. */
const EVERY_S = 60;

/** Logs the topics whose producers do not partition with the hash of CLV_PARTITIONER, and the setting that matches them. */
export class CopartitionNotices {
  private readonly loggedAtS = new Map<string, number>();
  private readonly unlogged = new Map<string, number>();

  constructor(
    private readonly observer: Observer,
    private readonly clock: Clock,
    private readonly partitions: number,
    private readonly partitioner: PartitionHash,
  ) {}

  /** `misplaced`: keys of the records that do not belong to this partition, by topic name. A record without a key has null. */
  log(partition: number, misplaced: ReadonlyMap<string, readonly (Uint8Array | null)[]>): void {
    const nowS = this.clock.elapsedS();
    for (const [topic, keys] of misplaced) {
      const records = (this.unlogged.get(topic) ?? 0) + keys.length;
      this.unlogged.set(topic, records);
      if (nowS - (this.loggedAtS.get(topic) ?? Number.NEGATIVE_INFINITY) < EVERY_S) continue;
      this.loggedAtS.set(topic, nowS);
      this.unlogged.delete(topic);
      const message = `topic ${topic}: its producer does not partition by customerId with ${this.partitioner}. Its misplaced records become dead letters (wrong-partition). ${this.fix(partition, keys)}`;
      this.observer.notice('warn', message, { topic, partition, records });
    }
  }

  private fix(partition: number, keys: readonly (Uint8Array | null)[]): string {
    if (keys.some((key) => key === null)) return 'Key every record by customerId.';
    const ids = keys.map((key) => new TextDecoder().decode(key!));
    const fits = HASHES.find((hash) => ids.every((id) => partitionOf(id, this.partitions, hash) === partition));
    // A few keys can match a hash by chance. The message reports the match, and a person decides.
    return fits === undefined || fits === this.partitioner
      ? `Key every record by customerId, or set CLV_PARTITIONER to the producer's hash.`
      : `The keys are placed by ${fits}: if all producers use it, set CLV_PARTITIONER=${fits}.`;
  }
}
