import type { HeadReading, Model, ModelSettings } from '../../domain/model';
import type { NetworkWeights } from '../../domain/network';
import { Scorer } from '../../domain/scorer';
import type { SequenceState } from '../../domain/sequence-state';
import { decodeState } from '../../serde/state-blob';

/** Weights and settings to an artefact and back: src/serde's codec. */
export interface ModelArtefacts {
  encode(weights: NetworkWeights, settings: ModelSettings): Uint8Array;
  /** Throws on an artefact that this program can't serve. */
  decode(artefact: Uint8Array): Model;
}

/** A model as the scorer would serve it, read through the served kernel. */
export class Contender {
  readonly model: Model;
  readonly scorer: Scorer;

  constructor(
    readonly artefact: Uint8Array,
    artefacts: ModelArtefacts,
    minorPerMajor: number,
  ) {
    this.model = artefacts.decode(artefact);
    this.scorer = new Scorer(this.model, minorPerMajor);
  }

  readSnapshot(snapshot: Uint8Array, atS: number): HeadReading {
    return this.scorer.read(decodeState(snapshot), atS);
  }

  /** Re-encodes the state where another encoder stepped it. */
  read(state: SequenceState, atS: number): HeadReading {
    return this.scorer.read(state, atS);
  }
}
