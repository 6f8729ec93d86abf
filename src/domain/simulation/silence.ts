import { SECONDS_PER_DAY } from '../event';

const STEPS = 32;

/** The silence from the last sign of life to the cut. A silent customer may still be active, or may have left at any time during it. */
export class Silence {
  /** Denser at the beginning, because the likelihood changes most there. */
  readonly instants: readonly number[];
  /** By dropout rate μ: the trapezoid weights of ∫ μ e^(−μt) quiet(t) dt, and e^(−μt) at the cut. */
  private readonly left: readonly Float64Array[];
  private readonly stayed: readonly number[];

  constructor(lastS: number, cutS: number, dropoutsPerDay: readonly number[]) {
    this.instants = Array.from({ length: STEPS + 1 }, (_, k) => lastS + (cutS - lastS) * (k / STEPS) ** 3);
    const days = this.instants.map((timeS) => (timeS - lastS) / SECONDS_PER_DAY);
    this.left = dropoutsPerDay.map((leaving) => {
      const weights = new Float64Array(STEPS + 1);
      for (let k = 1; k <= STEPS; k++) {
        const half = (Math.exp(-leaving * days[k - 1]!) - Math.exp(-leaving * days[k]!)) / 2;
        weights[k - 1]! += half;
        weights[k]! += half;
      }
      return weights;
    });
    this.stayed = dropoutsPerDay.map((leaving) => Math.exp(-leaving * days[STEPS]!));
  }

  /** Probability that the customer stayed and was silent. `quiet[k]`: probability that an active customer is silent until `instants[k]`. */
  stayedIn(dropout: number, quiet: ArrayLike<number>): number {
    return this.stayed[dropout]! * quiet[STEPS]!;
  }

  /** Probability that the customer left during the silence, and was silent until then. */
  leftIn(dropout: number, quiet: ArrayLike<number>): number {
    const weights = this.left[dropout]!;
    let left = 0;
    for (let k = 0; k <= STEPS; k++) left += weights[k]! * quiet[k]!;
    return left;
  }
}
