import { type Command, InvalidArgumentError } from 'commander';
import { readRegularFile } from '../../adapters/files/regular-file';
import { sha256 } from '../../adapters/system/digest';
import { FEATURE_FINGERPRINT } from '../../domain/features/features';
import { DEFAULT_SHAPE } from '../../domain/network/shape';
import { type Artefact, decodeArtefact, refusalText } from '../../serde/model-artefact';
import { DEFAULT_AUGMENTATION } from '../../services/fit/augmentation';
import {
  HYPER_PARAMETER_NAMES,
  HYPER_PARAMETERS,
  type HyperParameterName,
  type HyperParameters,
  hyperParameterFault,
  withHyperParameters,
} from '../../services/fit/hyper-parameters';
import { DEFAULT_PRETRAIN, type PretrainOptions } from '../../services/fit/pretrain';
import { type NetworkArguments, shapeOf, withNetworkOptions } from './network-options';
import { positiveInteger } from './option-values';

const MOST_MEMBERS = 8;

/** The options of a command that trains a network, as commander parsed them. */
export interface TrainingArguments extends NetworkArguments {
  readonly epochs: number;
  readonly set?: HyperParameters;
  readonly augment?: true;
  readonly ensemble?: number;
  readonly init?: string;
}

/** How to train. It does not depend on the history. */
export interface TrainingSetup {
  readonly options: Omit<PretrainOptions, 'seed' | 'endS' | 'minorPerMajor' | 'onProgress'>;
  /** The model whose weights training starts from. */
  readonly start: Artefact | null;
}

export function withTrainingOptions(command: Command): Command {
  return withNetworkOptions(command)
    .option('--epochs <n>', 'maximum number of passes over the examples', positiveInteger, DEFAULT_PRETRAIN.epochs)
    .option(
      '--init <file>',
      "start from the weights of this model, for instance another shop's, instead of from random ones",
    )
    .option('--augment', 'vary the examples from pass to pass: cut off the oldest events, leave out clicks and browses')
    .option(
      '--ensemble <k>',
      'train k networks and merge them into one; takes k times the training and up to k² times the step',
      memberCount,
    )
    .option('--set <name=value...>', `set a hyper-parameter: ${HYPER_PARAMETER_NAMES.join(', ')}`, hyperParameter)
    .addHelpText('after', `\nWith --set:\n${hyperParameterLines().join('\n')}`);
}

export async function trainingSetup(args: TrainingArguments): Promise<TrainingSetup> {
  const { epochs, set = {}, augment, init, ensemble = DEFAULT_PRETRAIN.members } = args;
  if (ensemble > 1 && args.attention)
    throw new Error('networks with attention cannot be merged: use --ensemble without --attention');
  const start = init === undefined ? null : await startingModel(init);
  const options = withHyperParameters(
    {
      ...DEFAULT_PRETRAIN,
      shape: shapeOf(start?.model.weights.shape ?? DEFAULT_SHAPE, args),
      epochs,
      members: ensemble,
      ...(augment ? { augmentation: DEFAULT_AUGMENTATION } : {}),
    },
    set,
  );
  return { options: start ? { ...options, start: start.model.weights } : options, start };
}

function memberCount(text: string): number {
  const value = positiveInteger(text);
  if (value > MOST_MEMBERS) throw new InvalidArgumentError(`expected a whole number up to ${MOST_MEMBERS}`);
  return value;
}

async function startingModel(path: string): Promise<Artefact> {
  const decoded = decodeArtefact(await readRegularFile(path), sha256);
  if (decoded.ok) return decoded;
  const why =
    decoded.reason === 'other-features'
      ? `its inputs differ from this program's (${FEATURE_FINGERPRINT}); run clv-stream fit with this version first`
      : refusalText(decoded);
  throw new Error(`training can't start from ${path}: ${why}`);
}

function hyperParameter(text: string, before: HyperParameters | undefined): HyperParameters {
  const [, name = '', number = ''] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  if (!isHyperParameter(name) || number === '') {
    throw new InvalidArgumentError(`expected name=value with one of the names ${HYPER_PARAMETER_NAMES.join(', ')}`);
  }
  const fault = hyperParameterFault(name, Number(number));
  if (fault !== null) throw new InvalidArgumentError(fault);
  return { ...before, [name]: Number(number) };
}

function isHyperParameter(name: string): name is HyperParameterName {
  return Object.hasOwn(HYPER_PARAMETERS, name);
}

function hyperParameterLines(): string[] {
  return HYPER_PARAMETER_NAMES.map((name) => {
    const { what, least, most } = HYPER_PARAMETERS[name];
    return `  ${name.padEnd(16)}${what}, ${least} to ${most}`;
  });
}
