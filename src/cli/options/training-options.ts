import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
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

/** What a command that trains a network was told of it, by commander. */
export interface TrainingArguments extends NetworkArguments {
  readonly epochs: number;
  readonly set?: HyperParameters;
  readonly augment?: true;
  readonly ensemble?: number;
  readonly init?: string;
}

/** How to train, whatever the history. */
export interface TrainingSetup {
  readonly options: Omit<PretrainOptions, 'seed' | 'endS' | 'minorPerMajor' | 'onProgress'>;
  /** The model whose weights it starts from. */
  readonly start: Artefact | null;
}

export function withTrainingOptions(command: Command): Command {
  return withNetworkOptions(command)
    .option('--epochs <n>', 'most passes over the examples', positiveInteger, DEFAULT_PRETRAIN.epochs)
    .option('--init <file>', "start from this model's weights, another shop's for instance, instead of from nothing")
    .option('--augment', 'vary the examples from pass to pass: oldest events cut off, clicks and browses missing')
    .option(
      '--ensemble <k>',
      'train k networks and merge them into one; k times the training, up to k² times the step',
      memberCount,
    )
    .option('--set <name=value...>', `how to train: ${HYPER_PARAMETER_NAMES.join(', ')}`, hyperParameter)
    .addHelpText('after', `\nWith --set:\n${hyperParameterLines().join('\n')}`);
}

export async function trainingSetup(told: TrainingArguments): Promise<TrainingSetup> {
  const { epochs, set = {}, augment, init, ensemble = DEFAULT_PRETRAIN.members } = told;
  if (ensemble > 1 && told.attention)
    throw new Error('networks with attention cannot be merged: --ensemble goes without --attention');
  const start = init === undefined ? null : await startingModel(init);
  const options = withHyperParameters(
    {
      ...DEFAULT_PRETRAIN,
      shape: shapeOf(start?.model.weights.shape ?? DEFAULT_SHAPE, told),
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
  const decoded = decodeArtefact(await readFile(path), sha256);
  if (decoded.ok) return decoded;
  const why =
    decoded.reason === 'other-features'
      ? `its inputs are not those of this program (${FEATURE_FINGERPRINT}); fit it anew with this version first`
      : refusalText(decoded);
  throw new Error(`${path} can't be started from: ${why}`);
}

function hyperParameter(text: string, before: HyperParameters | undefined): HyperParameters {
  const [, name = '', number = ''] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  if (!isHyperParameter(name) || number === '') {
    throw new InvalidArgumentError(`expected name=value, name one of ${HYPER_PARAMETER_NAMES.join(', ')}`);
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
