import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import { type PartitionHash, partitionOf } from '../../serde/event-rules';

const HASHES: readonly PartitionHash[] = ['murmur2', 'crc32'];
/** A producer that partitions otherwise does so with every record: one line a minute and topic is enough. */
const EVERY_S = 60;

/** Names the topic whose producer places records otherwise than CLV_PARTITIONER says, and the setting that would fit what it does. */
export class CopartitionNotices {
  private readonly toldAtS = new Map<string, number>();
  private readonly untold = new Map<string, number>();

  constructor(
    private readonly observer: Observer,
    private readonly clock: Clock,
    private readonly partitions: number,
    private readonly partitioner: PartitionHash,
  ) {}

  /** `keys`: of the records that lay in this partition and should not, by the topic's name; null where a record had none. */
  tell(partition: number, misplaced: ReadonlyMap<string, readonly (Uint8Array | null)[]>): void {
    const nowS = this.clock.elapsedS();
    for (const [topic, keys] of misplaced) {
      const records = (this.untold.get(topic) ?? 0) + keys.length;
      this.untold.set(topic, records);
      if (nowS - (this.toldAtS.get(topic) ?? Number.NEGATIVE_INFINITY) < EVERY_S) continue;
      this.toldAtS.set(topic, nowS);
      this.untold.delete(topic);
      const message = `topic ${topic}: its producer does not partition by customerId with ${this.partitioner}; such records become dead letters (wrong-partition). ${this.fix(partition, keys)}`;
      this.observer.notice('warn', message, { topic, partition, records });
    }
  }

  private fix(partition: number, keys: readonly (Uint8Array | null)[]): string {
    if (keys.some((key) => key === null)) return 'Key every record by customerId.';
    const ids = keys.map((key) => new TextDecoder().decode(key!));
    const fits = HASHES.find((hash) => ids.every((id) => partitionOf(id, this.partitions, hash) === partition));
    // By chance a few keys fit any hash; the sentence says what was seen, a person decides.
    return fits === undefined || fits === this.partitioner
      ? `Key every record by customerId, or declare the producer's hash by CLV_PARTITIONER.`
      : `The keys lie where ${fits} puts them: where all producers do so, set CLV_PARTITIONER=${fits}.`;
  }
}
