import { Command } from 'commander';
import { DEFAULT_CURRENCY } from '../../domain/currency';
import { checkFaults, trainingFaults } from '../../services/fit/history-checks';
import {
  attributesFile,
  type FitHistory,
  historyBefore,
  recordedHistory,
  simulatedHistory,
  withAttributes,
} from '../fit/history';
import { type FitRun, runFit } from '../fit/run';
import { fitTarget, requireTarget } from '../fit/target';
import { topicsHistory } from '../fit/topics-source';
import {
  attributesOption,
  currencyOfFiles,
  type FileArguments,
  givenFileOptions,
  withFileOptions,
} from '../options/file-options';
import { backendName, currencyOption, isoDate, positiveInteger, wholeNumber } from '../options/option-values';
import { withTrainingOptions } from '../options/training-options';
import { failInOneLine, succeeds } from '../process/one-line-failure';
import { runProcess } from '../process/process';

interface FitArguments extends Omit<FitRun, 'currency' | 'saysCurrency'>, FileArguments {
  readonly simulated?: true;
  readonly events?: readonly string[];
  readonly attributes?: string;
  readonly profiles?: true;
  readonly fromTopics?: true;
  readonly currency?: string;
  readonly until?: number;
  readonly force?: true;
  readonly customers: number;
  readonly days: number;
}

/** `clv-stream fit`: weights from a history in one run. `train` goes on from them on the stream. */
export function fitCommand(): Command {
  return withFileOptions(withTrainingOptions(new Command('fit')))
    .summary('train weights on a history and write them as a model artefact')
    .description(
      'Trains a new network on a history of customers, and writes a model artefact.\n' +
        'The history is in event files (--events), in the topics of a deployment (--from-topics), or simulated (--simulated: the shop\n' +
        'that the shipped first weights were trained on).\n' +
        'A fifth of the customers is held out. Training stops when their loss no longer falls, and the printed figures are theirs.\n' +
        'With recorded customers the network is also blended with a BTYD model: Pareto/NBD and Gamma-Gamma are fitted. A second\n' +
        'training leaves out the last window of the history, and a forecast of that window chooses blend and calibration.',
    )
    .option('--simulated', 'train on simulated customers')
    .option('--events <file...>', 'train on event files: CSV, gzipped or not, or Parquet (docs/files.md)')
    .addOption(attributesOption())
    .option('--from-topics', 'train on the input topics of the deployment, from the beginning to their current ends')
    .option(
      '--currency <code>',
      `currency of the amounts, ISO 4217 (default: that of the preset, else ${DEFAULT_CURRENCY}; with --from-topics CLV_CURRENCY)`,
      currencyOption,
    )
    .option('--until <date>', 'train only on what is before this day, YYYY-MM-DD (UTC)', isoDate)
    .option('--force', 'go on although most rows can not be used, or the history is too small or too short')
    .option('--customers <n>', 'simulated customers of the first year', positiveInteger, 8_000)
    .option(
      '--profiles',
      'give simulated customers attributes, which depend on how often they buy and how soon they leave',
    )
    .option('--days <n>', 'length of the simulated history, days', positiveInteger, 1_095)
    .option('--seed <n>', 'seed of simulation and training', wholeNumber, 1)
    .option(
      '--search <runs>',
      'search: compare this many sets of hyper-parameters by time-series cross-validation, and train with the best',
      positiveInteger,
    )
    .option('--folds <n>', 'number of cuts at which a search judges each run', positiveInteger, 3)
    .option('--backend <name>', 'auto, native or wasm', backendName, 'auto')
    .option('--threads <n>', 'threads of the native backend', positiveInteger, 2)
    .option('--json', 'print the figures as one line of JSON')
    .requiredOption('--out <folder>', 'where to write: a folder, or the artefact only if the name ends in .clvm')
    .addHelpText(
      'after',
      `
Written to the folder:
  model.clvm                       the artefact
  model-card.md, model-card.json   what the model was trained on, and how good it is on held-out customers
  loss.svg                         the loss by epoch
  tensorboard/                     the same for TensorBoard, on native TensorFlow.js

--search tries the defaults and random sets. It starts on a part of the customers. The better half of the sets and the defaults go on to twice as
many customers, up to all. Each set is trained before each of the last --folds windows, and judged by what happened in it. search.jsonl
keeps every training as it ends: if a search was stopped, the same command continues it. What --set names is not searched. search.svg
shows the search runs.

Examples:
  clv-stream fit --events orders.csv.gz clicks.csv.gz --currency GBP --out shop
  KAFKA_BROKERS=localhost:9092 REDIS_URL=redis://localhost:6379 clv-stream fit --from-topics --out shop
  clv-stream fit --simulated --seed 1 --out models/first-weights.clvm`,
    )
    .action(async (options: FitArguments, command: Command) => {
      const { simulated, events, fromTopics } = options;
      if ([simulated, events, fromTopics].filter((source) => source !== undefined).length !== 1) {
        const choice = 'one of --events, --from-topics and --simulated';
        command.error(`error: choose the history to train on: ${choice}`, { exitCode: 2 });
      }
      if (options.attributes !== undefined && !events) {
        const own = 'for --from-topics they come from the customers topic, for --simulated from --profiles';
        command.error(`error: --attributes needs --events: ${own}`, { exitCode: 2 });
      }
      const forFiles = givenFileOptions(options);
      if (forFiles.length > 0 && !events) {
        command.error(`error: ${forFiles.join(', ')}: only for event files (--events)`, { exitCode: 2 });
      }
      if (fromTopics) await fitTopics(options);
      else await failInOneLine('fit', () => fitFiles(options));
    });
}

async function fitFiles({ currency: given, events, ...options }: FitArguments): Promise<void> {
  await requireTarget(fitTarget(options.out));
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const currency = given ?? currencyOfFiles(options);
  const saysCurrency = events !== undefined || given !== undefined;
  const { customers, days, seed, attributes, profiles } = options;
  const table = attributes === undefined ? null : await attributesFile(attributes);
  const made = events
    ? await recordedHistory(events, currency, { files: options, say, force: options.force === true })
    : simulatedHistory(customers, days, seed, profiles);
  const history = table === null ? made : withAttributes(made, table);
  await runFit({ ...options, currency, saysCurrency }, usable(history, options));
}

/** Reads the topics of the settings, and closes the connections before the training: it takes longer than a session of the group. */
async function fitTopics(options: FitArguments): Promise<void> {
  if (!(await succeeds('fit', () => requireTarget(fitTarget(options.out))))) return;
  const overrides = options.currency === undefined ? {} : { CLV_CURRENCY: options.currency };
  let read: { history: FitHistory; currency: string } | null = null as typeof read;
  await runProcess({ name: 'fit', overrides, withoutRedis: true }, async (context) => {
    read = { history: await topicsHistory(context), currency: context.settings.CLV_CURRENCY };
    return undefined;
  });
  if (read === null) return;
  const { history, currency } = read;
  await failInOneLine('fit', () => runFit({ ...options, currency, saysCurrency: true }, usable(history, options)));
}

/** The part before `--until`. Throws if it is too little to learn from, before any work. */
function usable(history: FitHistory, { until, force }: Pick<FitArguments, 'until' | 'force'>): FitHistory {
  if (!history.recorded) return until === undefined ? history : historyBefore(history, until);
  const events = [...history.events];
  const read = { ...history, events };
  const cut = until === undefined ? read : historyBefore(read, until);
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  checkFaults(trainingFaults(events, cut.endS), force === true, say);
  return cut;
}
