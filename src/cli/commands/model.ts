import { Command, Option } from 'commander';
import { readRegularFile } from '../../adapters/files/regular-file';
import { writeWhole } from '../../adapters/files/whole-file';
import { sha256 } from '../../adapters/system/digest';
import { DEFAULT_CURRENCY, minorPerMajor } from '../../domain/currency';
import { type Artefact, decodeArtefact, encodeArtefact, refusalText } from '../../serde/model-artefact';
import { toStoredSettings } from '../../serde/stored-settings';
import { TENSOR_DTYPES, type TensorDtype } from '../../serde/tensor-table';
import { type ModelDifference, modelDifference } from '../../services/evaluation/model-difference';
import { requireWritable } from '../files/writable';
import { simulatedHistory } from '../fit/history';
import { describeShape } from '../options/network-options';
import { currencyOption, positiveInteger } from '../options/option-values';
import { failInOneLine } from '../process/one-line-failure';
import { listCommand } from './model-list';
import { pinCommand, unpinCommand } from './model-pin';
import { promoteCommand } from './model-promote';
import { publishCommand } from './model-publish';
import { rollbackCommand } from './model-rollback';

interface ShrinkArguments {
  readonly in: string;
  readonly out: string;
  readonly dtype: TensorDtype;
  readonly currency: string;
  readonly customers: number;
  readonly days: number;
  readonly seed: number;
  readonly json?: true;
}

export function modelCommand(): Command {
  return new Command('model')
    .description('show a model artefact, make it smaller, or change which model is in force')
    .addCommand(
      new Command('show')
        .description('print the model card: what it was trained on, its settings, its tensors')
        .argument('<file>', 'a model artefact')
        .option('--json', 'print it as one line of JSON')
        .action((file: string, options: { json?: true }) => failInOneLine('model', () => show(file, options))),
    )
    .addCommand(shrinkCommand())
    .addCommand(publishCommand())
    .addCommand(listCommand())
    .addCommand(promoteCommand())
    .addCommand(rollbackCommand())
    .addCommand(pinCommand())
    .addCommand(unpinCommand())
    .addHelpText(
      'after',
      `
Examples:
  clv-stream model show models/first-weights.clvm
  clv-stream model shrink --in models/first-weights.clvm --dtype int8 --out small.clvm
  clv-stream model publish shop/model.clvm
  clv-stream model list
  clv-stream model pin --reason "no change during the sale"
shrink writes a new model with its own version. CLV_MODEL may name it, and the scorer loads any dtype.`,
    );
}

function shrinkCommand(): Command {
  return new Command('shrink')
    .description('store the weights as float16 or int8, and print what that costs on simulated customers')
    .requiredOption('--in <file>', 'the artefact to start from')
    .requiredOption('--out <file>', 'where to write the smaller one')
    .addOption(
      new Option('--dtype <name>', 'type of the weights; int8 has a scale per row and keeps the biases as float32')
        .choices(TENSOR_DTYPES.filter((dtype) => dtype !== 'float32'))
        .makeOptionMandatory(),
    )
    .option('--currency <code>', 'currency of the model, ISO 4217', currencyOption, DEFAULT_CURRENCY)
    .option('--customers <n>', 'number of simulated customers of the first year to judge by', positiveInteger, 400)
    .option('--days <n>', 'length of their history, days', positiveInteger, 800)
    .option(
      '--seed <n>',
      'seed of the simulation; use another one than the model was trained on',
      positiveInteger,
      20_001,
    )
    .option('--json', 'print the figures as one line of JSON')
    .action((options: ShrinkArguments) => failInOneLine('model', () => shrink(options)));
}

async function show(path: string, options: { json?: true }): Promise<void> {
  const { bytes, artefact } = await readArtefact(path);
  const { model, card, tensors } = artefact;
  const { version, encoderVersion, settings } = model;
  const stored = toStoredSettings(settings);
  if (options.json) {
    const facts = {
      version,
      bytes: bytes.length,
      encoderVersion,
      shape: model.weights.shape,
      settings: stored,
      card,
      tensors,
    };
    process.stdout.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  const { shape } = model.weights;
  const { orderValue, currency } = settings;
  const lines = [
    ['version', `${version}, ${bytes.length} bytes, encoder ${encoderVersion}`],
    ['made by', `${card.createdBy}${card.createdAtMs === null ? '' : `, ${new Date(card.createdAtMs).toISOString()}`}`],
    ['trained on', card.trainedOn],
    [
      'trained until',
      card.trainedUntilS === undefined ? 'no events of this shop' : new Date(card.trainedUntilS * 1000).toISOString(),
    ],
    ['examples', `${card.examples}, seed ${card.seed}`],
    ['held-out loss', card.loss === null ? 'none' : `${card.loss.toFixed(4)} nats`],
    ...(card.notRecommended === undefined ? [] : [['not recommended', card.notRecommended]]),
    ['made from', card.parent ?? 'nothing'],
    ['network', describeShape(shape)],
    ['inputs', `${shape.stepFeatures} per step, ${shape.summaryFeatures} from the running summary`],
    ['window', `the last ${settings.window} to ${2 * settings.window - 1} events`],
    ['currency', currency === undefined ? 'not said' : `${currency.code}, ${currency.minorPerMajor} minor units`],
    ['typical order', `${settings.typicalOrderMinor} minor units`],
    [
      'order value',
      `prior mean ${orderValue.meanMinor.toFixed(0)} minor units, worth ${orderValue.weight.toFixed(2)} orders`,
    ],
    ['margin, discount', `${settings.margin}, ${settings.discountRate} a year`],
    ['first tier cuts', settings.tierCuts.map((cut) => cut.toFixed(2)).join(', ')],
    ['structure', stored.structure === undefined ? 'none' : JSON.stringify(stored.structure)],
    ['sigma factors', settings.logSpendSigmaFactors?.map((factor) => factor.toFixed(2)).join(', ') ?? 'none'],
    ...tensors.map(({ name, dtype, dimensions }) => [name, `${dtype} [${dimensions.join(', ')}]`]),
  ] as [string, string][];
  process.stdout.write(lines.map(([term, text]) => `${term.padEnd(18)}${text}\n`).join(''));
}

async function shrink(options: ShrinkArguments): Promise<void> {
  const output = { option: '--out', path: options.out };
  await requireWritable([output]);
  const { bytes, artefact } = await readArtefact(options.in);
  const { model } = artefact;
  const card = { ...artefact.card, createdBy: `clv-stream model shrink (${options.dtype})`, parent: model.version };
  const smaller = encodeArtefact({ weights: model.weights, settings: model.settings, card }, sha256, options.dtype);
  const decoded = decodeArtefact(smaller, sha256);
  if (!decoded.ok) throw new Error(`${options.in} can't be stored as ${options.dtype}: ${decoded.reason}`);
  const { customers, days, seed } = options;
  const { events, endS } = simulatedHistory(customers, days, seed);
  const judged = { endS, minorPerMajor: minorPerMajor(options.currency), seed };
  const difference = modelDifference(model, decoded.model, events, judged);
  await writeWhole(output, smaller);
  const { version } = decoded.model;
  const facts = { out: options.out, version, dtype: options.dtype, bytes: smaller.length, bytesBefore: bytes.length };
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...facts, difference })}\n` : `${report(facts, difference).join('\n')}\n`,
  );
}

function report(
  facts: { out: string; version: string; dtype: string; bytes: number; bytesBefore: number },
  { origins, customers, loss, spearman90, spearmanOutputs, relativeChange, totalChange }: ModelDifference,
): string[] {
  const share = Math.round((100 * facts.bytes) / facts.bytesBefore);
  return [
    `${facts.out}: ${facts.version}, ${facts.dtype}, ${facts.bytes} bytes (${share} % of ${facts.bytesBefore})`,
    `on ${customers} simulated customers at ${origins} forecast origins:`,
    `loss ${loss.other.toFixed(5)} nats, before ${loss.full.toFixed(5)}`,
    `Spearman with the orders of the next 90 days ${spearman90.other.toFixed(4)}, before ${spearman90.full.toFixed(4)}`,
    `Spearman with the 365-day CLV before ${spearmanOutputs.toFixed(6)}`,
    `365-day CLV changed by ${percent(relativeChange.median)} in the median, ${percent(relativeChange.largest)} at most, ${percent(totalChange)} in total`,
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(3)} %`;
}

async function readArtefact(path: string): Promise<{ bytes: Uint8Array; artefact: Artefact }> {
  const bytes = await readRegularFile(path);
  const decoded = decodeArtefact(bytes, sha256);
  if (!decoded.ok) throw new Error(`${path} is refused: ${refusalText(decoded)}`);
  return { bytes, artefact: decoded };
}
