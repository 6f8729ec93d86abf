import { type Command, InvalidArgumentError, Option } from 'commander';
import { CELLS, type CellKind, MOST_LAYERS, type NetworkShape } from '../../domain/network/shape';
import { positiveInteger } from './option-values';

/** What a command was told of the network, by commander. */
export interface NetworkArguments {
  readonly cell?: CellKind;
  readonly layers?: number;
  readonly attention?: true;
}

/** The options of a command that trains a network; its sizes are hyper-parameters. */
export function withNetworkOptions(command: Command): Command {
  return command
    .addOption(new Option('--cell <name>', 'recurrent cell; from nothing: lstm').choices(CELLS))
    .option('--layers <n>', `recurrent layers, 1 to ${MOST_LAYERS}; from nothing: 1`, layerCount)
    .option('--attention', 'the heads also attend to the kept events: a score then replays the whole window');
}

/** `shape` with what was told. */
export function shapeOf(shape: NetworkShape, { cell, layers, attention }: NetworkArguments): NetworkShape {
  return {
    ...shape,
    cell: cell ?? shape.cell,
    layers: layers ?? shape.layers,
    attention: attention ?? shape.attention,
  };
}

/** 'LSTM of 32 units, heads of 32', for a reader. */
export function describeShape({ cell, layers, units, attention, headUnits }: NetworkShape): string {
  const stacked = layers === 1 ? '' : `${layers} layers of `;
  return `${stacked}${cell.toUpperCase()} of ${units} units, ${attention ? 'attention over the kept events, ' : ''}heads of ${headUnits}`;
}

function layerCount(text: string): number {
  const value = positiveInteger(text);
  if (value > MOST_LAYERS) throw new InvalidArgumentError(`expected a whole number up to ${MOST_LAYERS}`);
  return value;
}
