import { closedIntervals, compareOrigins, intervalEndS, isGateCustomer, labelOf } from '../../domain/labels/origins';
import { Adwin } from '../../domain/promotion/drift';
import { exampleLoss } from '../../domain/scoring/example';
import type { MaturedOrigin } from './training-round';

/**
 * Watches the champions' prequential loss: each gate origin was scored when it was asked, and is judged once its first intervals have closed.
 * In memory: a restart begins a new window.
 */
export class DriftWatch {
  private readonly adwin = new Adwin();
  /** By partition. */
  private readonly judgedUntilS = new Map<number, number>();

  /** `intervals`: how many closed intervals an origin is judged on. */
  constructor(
    private readonly intervals: number,
    private readonly gateShare: number,
  ) {}

  /** True where the loss has risen beyond chance. Origins are judged once, in the order they were asked in. */
  hasRisen(origins: Iterable<MaturedOrigin>): boolean {
    const ripe: MaturedOrigin[] = [];
    for (const matured of origins) {
      const { origin, clockS, partition } = matured;
      if (origin.score === null || !isGateCustomer(origin.customerId, this.gateShare)) continue;
      if (origin.atS <= (this.judgedUntilS.get(partition) ?? 0)) continue;
      if (closedIntervals(origin, clockS) >= this.intervals) ripe.push(matured);
    }
    ripe.sort((a, b) => compareOrigins(a.origin, b.origin));
    let rose = false;
    for (const { origin, partition } of ripe) {
      const label = labelOf(origin, intervalEndS(origin.atS, this.intervals - 1) + 1);
      const outcome = this.adwin.add(squash(exampleLoss(origin.score!.outputs, label)));
      if (outcome !== null) rose = outcome === 'rose';
      this.judgedUntilS.set(partition, origin.atS);
    }
    return rose;
  }
}

/** A loss of any size → (0, 1), as ADWIN's bound asks for. */
const squash = (loss: number): number => 0.5 + loss / (2 * (1 + Math.abs(loss)));
