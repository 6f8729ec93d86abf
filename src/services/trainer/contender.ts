import type { HeadOutputs, Model } from '../../domain/scoring/model';
import { Scorer } from '../../domain/scoring/scorer';
import type { SequenceState } from '../../domain/state/sequence-state';
import { decodeArtefact, refusalText, type Sha256 } from '../../serde/model-artefact';
import { decodeState } from '../../serde/state-blob';

/** A model as the scorer would serve it: read back from its artefact, through the served kernel. */
export class Contender {
  readonly model: Model;
  readonly scorer: Scorer;

  /** Throws on an artefact that can't be served; the message holds the literal reason. */
  constructor(
    readonly artefact: Uint8Array,
    sha256: Sha256,
    minorPerMajor: number,
  ) {
    const decoded = decodeArtefact(artefact, sha256);
    if (!decoded.ok) throw new Error(`the model artefact is refused: ${refusalText(decoded)}`);
    this.model = decoded.model;
    this.scorer = new Scorer(this.model, minorPerMajor);
  }

  readSnapshot(snapshot: Uint8Array, atS: number): HeadOutputs {
    return this.scorer.read(decodeState(snapshot), atS);
  }

  /** Re-encodes the state where another encoder stepped it. */
  read(state: SequenceState, atS: number): HeadOutputs {
    return this.scorer.read(state, atS);
  }
}
