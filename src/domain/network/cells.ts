import { GruCell } from './gru-cell';
import { LstmCell } from './lstm-cell';
import { type LayerWeights, layerWeights, type RecurrentCell } from './recurrent-cell';
import { RnnCell } from './rnn-cell';
import type { CellKind } from './shape';
import type { NetworkWeights } from './weights';

const CELL_CLASSES: Readonly<Record<CellKind, new (layer: LayerWeights) => RecurrentCell>> = {
  lstm: LstmCell,
  gru: GruCell,
  rnn: RnnCell,
};

/** The step of one layer; layer 0 is the lowest. */
export function recurrentCell(weights: NetworkWeights, layer: number): RecurrentCell {
  return new CELL_CLASSES[weights.shape.cell](layerWeights(weights, layer));
}
