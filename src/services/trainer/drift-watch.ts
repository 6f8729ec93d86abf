import { INTERVAL_EDGES_DAYS } from '../../domain/label-intervals';
import { closedIntervals, compareOrigins, intervalEndS, isGateCustomer, labelOf } from '../../domain/labels/origins';
import { Adwin } from '../../domain/promotion/drift';
import { exampleLoss } from '../../domain/scoring/example';
import type { MaturedOrigin } from './matured-origin';

/** A label of a week: the shortest one that says how much a customer orders. */
const WEEK_INTERVALS = INTERVAL_EDGES_DAYS.indexOf(7);

/**
 * Watches the champions' prequential loss. Each gate origin was scored when it was drawn, and is judged when its first label
 * intervals have closed. The window is in memory only, so a restart begins a new one.
 */
export class DriftWatch {
  private readonly adwin = new Adwin();
  /** By partition. */
  private readonly judgedUntilS = new Map<number, number>();

  constructor(private readonly gateShare: number) {}

  /** True if the loss has risen beyond chance. Origins are judged once, in the order of their times. */
  hasRisen(origins: Iterable<MaturedOrigin>): boolean {
    const ripe: MaturedOrigin[] = [];
    for (const matured of origins) {
      const { origin, clockS, partition } = matured;
      if (origin.score === null || !isGateCustomer(origin.customerId, this.gateShare)) continue;
      if (origin.atS <= (this.judgedUntilS.get(partition) ?? 0)) continue;
      if (closedIntervals(origin, clockS) >= WEEK_INTERVALS) ripe.push(matured);
    }
    ripe.sort((a, b) => compareOrigins(a.origin, b.origin));
    let rose = false;
    for (const { origin, partition } of ripe) {
      const label = labelOf(origin, intervalEndS(origin.atS, WEEK_INTERVALS - 1) + 1);
      const outcome = this.adwin.add(squash(exampleLoss(origin.score!.outputs, label)));
      if (outcome !== null) rose = outcome === 'rose';
      this.judgedUntilS.set(partition, origin.atS);
    }
    return rose;
  }
}

/** Maps a loss of any size to (0, 1), as ADWIN's bound requires. */
const squash = (loss: number): number => 0.5 + loss / (2 * (1 + Math.abs(loss)));
