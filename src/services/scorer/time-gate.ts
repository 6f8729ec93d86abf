import { behind } from '../../delivery/offset-vector';
import type { OffsetVector } from '../../domain/event';
import { aheadDetail, isAheadOfClock } from '../../domain/time-rule';
import { type Clock, steadyTime } from '../../ports/clock';
import type { TimeRefusals } from '../../serde/time-refusals';
import type { InputItem } from './input-queue';

export interface TimeGatePorts {
  readonly clock: Clock;
  /** Reads the published dead letters of a partition for the records from these offsets on. Rejects if the log is unreachable. */
  readonly timeRefusals: (partition: number, folded: OffsetVector) => Promise<TimeRefusals>;
}

/**
 * Refuses records whose timestamps are in the future. The local clock decides only about a record that has no published outcome. Below the
 * emitted offsets the decision is published: it is a dead letter or it is none. So a refold decides as the first fold did.
 */
export class TimeGate {
  private emitted: OffsetVector = [];
  private refusals: TimeRefusals | null = null;
  private readonly nowMs: () => number;

  constructor(
    private readonly partition: number,
    private readonly ports: TimeGatePorts,
    /** The tolerance of the rule of time, ms: see domain/time-rule. */
    private readonly maxFutureMs: number,
  ) {
    this.nowMs = steadyTime(ports.clock);
  }

  /** Call it before the records from the folded offsets on. It reads the dead letters only if some of these were published before. */
  async prepare(folded: OffsetVector, emitted: OffsetVector): Promise<void> {
    const repeats = behind(folded, emitted).length > 0;
    this.refusals = repeats ? await this.ports.timeRefusals(this.partition, folded) : null;
    this.emitted = emitted;
  }

  judge(item: InputItem): InputItem {
    if (!item.decoded.ok || !this.refuses(item)) return item;
    const detail = aheadDetail(item.timestampMs);
    return { ...item, decoded: { ok: false, reason: 'timestamp-ahead', detail } };
  }

  private refuses({ topic, offset, timestampMs }: InputItem): boolean {
    if (offset < (this.emitted[topic] ?? 0)) {
      return this.refusals?.has(topic, this.partition, offset, timestampMs) ?? false;
    }
    return isAheadOfClock(timestampMs, this.nowMs(), this.maxFutureMs);
  }
}
