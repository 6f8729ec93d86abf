import type { Model } from './model';
import { Scorer } from './scorer';
import { modelCuts, type TierCuts } from './tier-cuts';

/** Checks digest, sizes, feature fingerprint and golden example. Returns the model, or the reason for refusing it. */
export type OpenArtefact = (artefact: Uint8Array) => { ok: true; model: Model } | { ok: false; reason: string };

export type SwapOutcome = { readonly type: 'same' | 'swapped' } | { readonly type: 'refused'; readonly reason: string };

/**
 * The model and the tier cuts in force. A new model is checked first and then takes over by one assignment. Read {@link scorer} and
 * {@link tierCuts} once per batch: then one version scores the whole batch, and nothing waits for a swap.
 */
export class ServedModel {
  private current: Scorer;
  private released: TierCuts | null = null;

  /** `minorPerMajor`: 100 for EUR, 1 for JPY. */
  constructor(
    first: Model,
    private readonly open: OpenArtefact,
    private readonly minorPerMajor: number,
  ) {
    this.current = new Scorer(first, minorPerMajor);
  }

  get scorer(): Scorer {
    return this.current;
  }

  /** Those of the newest release; before the first one, those of the model. */
  get tierCuts(): TierCuts {
    return this.released ?? modelCuts(this.current.model);
  }

  /** Puts released cuts into force. */
  release(cuts: TierCuts): void {
    this.released = cuts;
  }

  /** If the new model is refused, the current one stays in force. */
  swap({ version, artefact }: { readonly version: string; readonly artefact: Uint8Array }): SwapOutcome {
    if (version === this.current.model.version) return { type: 'same' };
    const opened = this.open(artefact);
    if (!opened.ok) return { type: 'refused', reason: opened.reason };
    this.current = new Scorer(opened.model, this.minorPerMajor);
    return { type: 'swapped' };
  }
}
