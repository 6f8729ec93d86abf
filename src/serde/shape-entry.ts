import { CELLS, DEFAULT_SHAPE, MOST_LAYERS, type NetworkShape } from '../domain/network/shape';

const SIZES = ['stepFeatures', 'summaryFeatures', 'units', 'headUnits'] as const;
const LARGEST = 4_096;

/** A shape as stored in an artefact's header. If absent: cell 'lstm', one layer, no attention. So the first artefacts stay valid. */
export type ShapeEntry = Pick<NetworkShape, (typeof SIZES)[number]> & Partial<NetworkShape>;

export function writeShape(shape: NetworkShape): ShapeEntry {
  const { stepFeatures, summaryFeatures, units, headUnits, cell, layers, attention } = shape;
  return {
    stepFeatures,
    summaryFeatures,
    units,
    headUnits,
    ...(cell === DEFAULT_SHAPE.cell ? {} : { cell }),
    ...(layers === DEFAULT_SHAPE.layers ? {} : { layers }),
    ...(attention === DEFAULT_SHAPE.attention ? {} : { attention }),
  };
}

/** Null if this program does not support a size, the cell or the number of layers. */
export function readShape(entry: ShapeEntry): NetworkShape | null {
  const { cell = DEFAULT_SHAPE.cell, layers = DEFAULT_SHAPE.layers, attention = DEFAULT_SHAPE.attention } = entry;
  const isSize = (size: unknown, most: number) =>
    Number.isInteger(size) && (size as number) > 0 && (size as number) <= most;
  if (!SIZES.every((name) => isSize(entry[name], LARGEST)) || !isSize(layers, MOST_LAYERS)) return null;
  if (!CELLS.includes(cell) || typeof attention !== 'boolean') return null;
  const { stepFeatures, summaryFeatures, units, headUnits } = entry;
  return { stepFeatures, summaryFeatures, units, headUnits, cell, layers, attention };
}
