import type { Model } from './model';
import { Scorer } from './scorer';

/** Checks digest, sizes, feature fingerprint and golden input: a model, or why it is refused. */
export type OpenArtefact = (artefact: Uint8Array) => { ok: true; model: Model } | { ok: false; reason: string };

export type SwapOutcome = { readonly type: 'same' | 'swapped' } | { readonly type: 'refused'; readonly reason: string };

/**
 * The model in force. A new one is checked first and then put in force by one assignment. So whoever reads {@link scorer} once per batch
 * scores the batch with one version, and nothing waits for a swap.
 */
export class ServedModel {
  private current: Scorer;

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

  /** A model that is refused leaves the one in force as it is. */
  swap({ version, artefact }: { readonly version: string; readonly artefact: Uint8Array }): SwapOutcome {
    if (version === this.current.model.version) return { type: 'same' };
    const opened = this.open(artefact);
    if (!opened.ok) return { type: 'refused', reason: opened.reason };
    this.current = new Scorer(opened.model, this.minorPerMajor);
    return { type: 'swapped' };
  }
}
