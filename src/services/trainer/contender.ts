import type { Currency } from '../../domain/currency';
import { currencyFault, type HeadOutputs, type Model } from '../../domain/scoring/model';
import { Scorer } from '../../domain/scoring/scorer';
import type { SequenceState } from '../../domain/state/sequence-state';
import { decodeArtefact, refusalText, type Sha256 } from '../../serde/model-artefact';
import { decodeState } from '../../serde/state-blob';

/** A model as the scorer would serve it: decoded from its artefact and computed with the served kernel. */
export class Contender {
  readonly model: Model;
  readonly scorer: Scorer;
  /** It has seen the outcome of questions asked before this event time, seconds. */
  readonly trainedUntilS: number;

  /** Throws if the artefact can't be served. The message contains the reason. `currency`: that of the deployment. Absent: any is taken. */
  constructor(
    readonly artefact: Uint8Array,
    sha256: Sha256,
    minorPerMajor: number,
    currency?: Currency,
  ) {
    const decoded = decodeArtefact(artefact, sha256);
    if (!decoded.ok) throw new Error(`the model artefact is refused: ${refusalText(decoded)}`);
    const fault = currency === undefined ? null : currencyFault(decoded.model.settings, currency);
    if (fault !== null) throw new Error(`the model artefact is refused: ${fault}`);
    this.model = decoded.model;
    this.trainedUntilS = decoded.card.trainedUntilS ?? Number.NEGATIVE_INFINITY;
    this.scorer = new Scorer(this.model, minorPerMajor);
  }

  readSnapshot(snapshot: Uint8Array, atS: number): HeadOutputs {
    return this.scorer.read(decodeState(snapshot), atS);
  }

  /** Re-encodes the state if another encoder produced it. */
  read(state: SequenceState, atS: number): HeadOutputs {
    return this.scorer.read(state, atS);
  }
}
