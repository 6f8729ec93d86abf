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
      const message = `topic ${topic}: its producer does not partition by customerId with ${this.partitioner}. Its misplaced records become dead letters (wrong-partition). ${partitionerFix(
        keys.map((key) => ({ partition, key })),
        this.partitions,
        this.partitioner,
      )}`;
      this.observer.notice('warn', message, { topic, partition, records });
    }
  }
}

/** What mends records that lie in another partition than `partitioner` gives their keys. One or two sentences. */
export function partitionerFix(
  misplaced: readonly { readonly partition: number; readonly key: Uint8Array | null }[],
  partitions: number,
  partitioner: PartitionHash,
): string {
  if (misplaced.some(({ key }) => key === null)) return 'Key every record by customerId.';
  const isPlacedBy = (hash: PartitionHash) =>
    misplaced.every(
      ({ partition, key }) => partitionOf(new TextDecoder().decode(key!), partitions, hash) === partition,
    );
  const fits = HASHES.find(isPlacedBy);
  // A few keys can match a hash by chance. The message reports the match, and a person decides.
  return fits === undefined || fits === partitioner
    ? `Key every record by customerId, or set CLV_PARTITIONER to the producer's hash.`
    : `The keys are placed by ${fits}: if all producers use it, set CLV_PARTITIONER=${fits}.`;
}
