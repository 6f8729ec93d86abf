import { type CustomerEvent, EVENT_TOPICS, INPUT_ROLES, SECONDS_PER_DAY } from '../../src/domain/event';
import { TimeFront } from '../../src/domain/labels/time-front';
import { SILENT_S } from '../../src/services/trainer/label-intake';
import type { TrainerSettings } from '../../src/services/trainer/settings';

/** The last day that a trainer works on after it has read all that it was fed. A partition that is silent follows the furthest one. */
export class ReachedDay {
  private readonly fronts: readonly TimeFront[][];

  constructor(
    partitions: number,
    private readonly settings: Pick<TrainerSettings, 'quorum' | 'latenessDays'>,
  ) {
    this.fronts = Array.from({ length: partitions }, () => INPUT_ROLES.map(() => new TimeFront(settings.quorum)));
  }

  /** In log order. */
  feed(partition: number, topic: number, events: readonly CustomerEvent[]): void {
    for (const { customerId, timeS } of events) this.fronts[partition]![topic]!.take(customerId, timeS);
  }

  /** Its end, seconds. */
  get lastDayS(): number {
    const latenessS = this.settings.latenessDays * SECONDS_PER_DAY;
    const untilS = this.fronts.map((topics) => Math.max(...EVENT_TOPICS.map((i) => topics[i]!.latestS)) - latenessS);
    const furthestS = Math.max(...untilS);
    const reachedS = Math.min(...untilS.map((atS) => Math.max(atS, furthestS - SILENT_S)));
    return Math.floor(reachedS / SECONDS_PER_DAY) * SECONDS_PER_DAY;
  }
}
