import { STEP_FEATURES, SUMMARY_FEATURES } from '../features/features';

export const CELLS = ['lstm', 'gru', 'rnn'] as const;
export type CellKind = (typeof CELLS)[number];
export const MOST_LAYERS = 3;

/** Sizes and kind of the network. F: step features. S: summary features. H: units of each recurrent layer. D: units of the heads' layer. */
export interface NetworkShape {
  readonly stepFeatures: number; // F
  readonly summaryFeatures: number; // S
  readonly units: number; // H
  readonly headUnits: number; // D
  readonly cell: CellKind;
  /** L recurrent layers, 1…{@link MOST_LAYERS}. Each reads the h of the one below. */
  readonly layers: number;
  /** The heads also read a context over the kept events: see attention.ts. Each read then costs O(window) steps. */
  readonly attention: boolean;
}

/** Outputs of the last layer, in this order. */
const HEAD_OUTPUTS = ['rate', 'scale', 'dispersion', 'value', 'logSpendSigma'] as const;
export const OUTPUTS = HEAD_OUTPUTS.length;

export const DEFAULT_SHAPE: NetworkShape = {
  stepFeatures: STEP_FEATURES,
  summaryFeatures: SUMMARY_FEATURES,
  units: 32,
  headUnits: 32,
  cell: 'lstm',
  layers: 1,
  attention: false,
};

/** Columns of a cell's kernels, in units. LSTM: input, forget, candidate, output. GRU: update, reset, candidate. RNN: the state itself. */
export const GATES: Readonly<Record<CellKind, number>> = { lstm: 4, gru: 3, rnn: 1 };

/** Lengths of a state's h and c. h covers every layer, lowest first. Only the LSTM has c. */
export function stateSizes({ cell, layers, units }: NetworkShape): { readonly hidden: number; readonly cell: number } {
  return { hidden: layers * units, cell: cell === 'lstm' ? layers * units : 0 };
}

/** Number of values that the heads read from the recurrent part: the top layer's h, followed by the context if there is attention. */
export function readWidth({ units, attention }: NetworkShape): number {
  return attention ? 2 * units : units;
}
