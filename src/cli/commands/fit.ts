import { Command } from 'commander';
import { type FitHistory, historyBefore, recordedHistory, simulatedHistory, withAttributes } from '../fit/history';
import { type FitRun, runFit } from '../fit/run';
import { topicsHistory } from '../fit/topics-source';
import { backendName, isoDate, positiveInteger, wholeNumber } from '../options/option-values';
import { withTrainingOptions } from '../options/training-options';
import { failInOneLine } from '../process/one-line-failure';
import { runProcess } from '../process/process';

interface FitArguments extends Omit<FitRun, 'currency'> {
  readonly simulated?: true;
  readonly events?: readonly string[];
  readonly attributes?: string;
  readonly profiles?: true;
  readonly fromTopics?: true;
  readonly currency?: string;
  readonly until?: number;
  readonly customers: number;
  readonly days: number;
}

const DEFAULT_CURRENCY = 'EUR';

/** `clv-stream fit`: weights from a history, in one go; `train` goes on from them on the stream. */
export function fitCommand(): Command {
  return withTrainingOptions(new Command('fit'))
    .summary('train weights from a history and write them as a model artefact')
    .description(
      'Trains the network from nothing on a history of customers, and writes a model artefact.\n' +
        'The history is recorded in files (--events) or in the topics of a deployment (--from-topics), or made up (--simulated: the shop\n' +
        'that the shipped first weights learnt from).\n' +
        'A fifth of the customers is held out: training stops when their loss falls no further, and the figures printed are theirs.\n' +
        'Recorded customers also set the blend: Pareto/NBD and Gamma-Gamma are fitted on them, and trained once more on the\n' +
        'history without its last window, the network is tried out on that window to say how to blend and calibrate.',
    )
    .option('--simulated', 'learn from simulated customers')
    .option('--events <file...>', 'learn from recordings: CSV as for replay, gzipped where the name ends in .gz')
    .option(
      '--attributes <file>',
      'what is known of the customers: CSV of customer_id and age_band, region, channel; taken as known from their first event on',
    )
    .option('--from-topics', 'learn from the input topics of the deployment, from the beginning to their end of now')
    .option(
      '--currency <code>',
      `currency of the amounts, ISO 4217 (default: ${DEFAULT_CURRENCY}; of --from-topics CLV_CURRENCY)`,
    )
    .option('--until <date>', 'learn only from what lies before this day, YYYY-MM-DD (UTC)', isoDate)
    .option('--customers <n>', 'simulated customers of the first year', positiveInteger, 8_000)
    .option(
      '--profiles',
      'simulated customers have attributes, which tell of how often they buy and how soon they leave',
    )
    .option('--days <n>', 'length of the simulated history, days', positiveInteger, 1_095)
    .option('--seed <n>', 'seed of simulation and training', wholeNumber, 1)
    .option(
      '--search <runs>',
      'search so many ways to train by time-series cross-validation, and train with the best',
      positiveInteger,
    )
    .option('--folds <n>', 'splits at which a search judges each run', positiveInteger, 3)
    .option('--backend <name>', 'auto, native or wasm', backendName, 'auto')
    .option('--threads <n>', 'threads of the native backend', positiveInteger, 2)
    .option('--json', 'print the figures as one line of JSON')
    .requiredOption(
      '--out <folder>',
      'where to write; a name that ends in .clvm is the artefact itself, and nothing else',
    )
    .addHelpText(
      'after',
      `
Written to the folder: model.clvm, the artefact; model-card.md and model-card.json, what it was made from and how good it is on
customers it did not learn from; loss.svg, the loss by epoch; tensorboard/, the same for TensorBoard, on native TensorFlow.js.

--search tries the defaults and random others: first on a part of the customers, then the better half of them and the defaults on twice as many, up
to all. Each is trained before each of the last --folds windows and judged by what happened in it. Every training is kept in search.jsonl
as it ends: the same command goes on where an earlier one was ended. What --set names is not searched. search.svg shows the trials.

Examples:
  clv-stream fit --events orders.csv.gz clicks.csv.gz --currency GBP --out shop
  KAFKA_BROKERS=localhost:9092 REDIS_URL=redis://localhost:6379 clv-stream fit --from-topics --out shop
  clv-stream fit --simulated --seed 1 --out models/first-weights.clvm`,
    )
    .action(async (options: FitArguments, command: Command) => {
      const { simulated, events, fromTopics } = options;
      if ([simulated, events, fromTopics].filter((source) => source !== undefined).length !== 1) {
        const choice = 'one of --events, --from-topics and --simulated';
        command.error(`error: say what to learn from: ${choice}`, { exitCode: 2 });
      }
      if (options.attributes !== undefined && !events) {
        const own = 'the topics have a topic of their own for them, simulated customers --profiles';
        command.error(`error: --attributes goes with --events: ${own}`, { exitCode: 2 });
      }
      await (fromTopics ? fitTopics(options) : failInOneLine('fit', () => fitFiles(options)));
    });
}

async function fitFiles({ currency = DEFAULT_CURRENCY, events, ...options }: FitArguments): Promise<void> {
  const { customers, days, seed, attributes, profiles } = options;
  const made = events ? await recordedHistory(events, currency) : simulatedHistory(customers, days, seed, profiles);
  const history = attributes === undefined ? made : await withAttributes(made, attributes);
  await runFit({ ...options, currency }, cut(history, options));
}

/** Settings say where the topics are. They are read and left before the training begins, which takes longer than a session lasts. */
async function fitTopics(options: FitArguments): Promise<void> {
  const overrides = options.currency === undefined ? {} : { CLV_CURRENCY: options.currency };
  let read: { history: FitHistory; currency: string } | null = null as typeof read;
  await runProcess({ name: 'fit', overrides }, async (context) => {
    read = { history: await topicsHistory(context), currency: context.settings.CLV_CURRENCY };
    return undefined;
  });
  if (read === null) return;
  const { history, currency } = read;
  await failInOneLine('fit', () => runFit({ ...options, currency }, cut(history, options)));
}

function cut(history: FitHistory, { until }: Pick<FitArguments, 'until'>): FitHistory {
  return until === undefined ? history : historyBefore(history, until);
}
