import { type LayerWeights, layerWeights } from '../../../src/domain/network/layer-weights';
import type { CellKind } from '../../../src/domain/network/shape';
import type { NetworkWeights } from '../../../src/domain/network/weights';
import { GruCell } from './gru-cell';
import { LstmCell } from './lstm-cell';
import type { RecurrentCell } from './recurrent-cell';
import { RnnCell } from './rnn-cell';

const CELL_CLASSES: Readonly<Record<CellKind, new (layer: LayerWeights) => RecurrentCell>> = {
  lstm: LstmCell,
  gru: GruCell,
  rnn: RnnCell,
};

/** The step of one layer; layer 0 is the lowest. */
export function recurrentCell(weights: NetworkWeights, layer: number): RecurrentCell {
  return new CELL_CLASSES[weights.shape.cell](layerWeights(weights, layer));
}
