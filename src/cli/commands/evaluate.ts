import { Command, Option } from 'commander';
import { loadBaselines } from '../../adapters/baselines/all-baselines';
import { tableName } from '../../adapters/files/csv-table';
import { writeWhole } from '../../adapters/files/whole-file';
import { systemClock } from '../../adapters/system/clock';
import { type BackendPreference, loadBackend } from '../../adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../adapters/tensorflow/tensorflow-learner';
import type { NetworkFitter } from '../../domain/blend/network-model';
import { DEFAULT_CURRENCY, minorPerMajor } from '../../domain/currency';
import { type CustomerEvent, SECONDS_PER_DAY } from '../../domain/event';
import { SHOPS } from '../../domain/simulation/shop-population';
import { evaluate } from '../../services/evaluation/evaluate';
import type { EvaluationResult } from '../../services/evaluation/evaluation-result';
import type { EvaluationSources, EvaluationTask } from '../../services/evaluation/evaluation-task';
import { checkFaults, evaluationFaults } from '../../services/fit/history-checks';
import { pretrain } from '../../services/fit/pretrain';
import { requireWritable } from '../files/writable';
import { attributesFile, recordedHistory, withAttributes } from '../fit/history';
import {
  attributesOption,
  currencyOfFiles,
  type FileArguments,
  givenFileOptions,
  withFileOptions,
} from '../options/file-options';
import { backendName, currencyOption, isoDate, positiveInteger, wholeNumber } from '../options/option-values';
import { type TrainingArguments, trainingSetup, withTrainingOptions } from '../options/training-options';
import { failInOneLine } from '../process/one-line-failure';
import { cleanedIn, cleaningLines } from '../reports/cleaning-lines';
import { EvaluationProgress } from '../reports/evaluation/evaluation-progress';
import { evaluationReport } from '../reports/evaluation/report';
import { runSimulated, type SimulatedArguments } from '../reports/evaluation/run-simulated';
import { evaluationTable } from '../reports/evaluation/table';
import { ProgressLine } from '../reports/progress-line';

interface EvaluateArguments extends SimulatedArguments, TrainingArguments, FileArguments {
  readonly simulated?: true;
  readonly events?: readonly string[];
  readonly train?: readonly string[];
  readonly attributes?: string;
  readonly rolling?: number;
  readonly currency: string;
  readonly force?: true;
  readonly backend: BackendPreference;
  readonly threads: number;
}

type GivenArguments = Omit<EvaluateArguments, 'currency'> & { readonly currency?: string };

interface RecordedArguments extends EvaluateArguments {
  readonly events: readonly string[];
  readonly cut: number;
  readonly horizon: number;
}

/** `clv-stream evaluate`: compares the served model and the network alone with the baselines, at one cut or several. */
export function evaluateCommand(): Command {
  return withFileOptions(withTrainingOptions(new Command('evaluate')))
    .summary('compare the model with its baselines on recorded customers, or with the true values of simulated ones')
    .description(
      'Trains on the time before a cut, scores every customer seen before it for the days after, and judges by what happened then.\n' +
        'It compares the served model, the network alone, Pareto/NBD and BG/NBD with Gamma-Gamma, the past rate, linear regression,\n' +
        'a decision tree, a random forest and support vector regression. Orders of a customer on one day count as one.\n' +
        'With --simulated the customers are simulated, so that their true expected value is available. The output shows how far each\n' +
        'model is below the oracle, and what clicks and browses add. It is marked as synthetic everywhere.',
    )
    .option('--events <file...>', 'event files to score and judge: CSV, gzipped or not, or Parquet (docs/files.md)')
    .addOption(attributesOption())
    .option('--simulated', 'simulated customers instead of event files')
    .option('--train <file...>', 'event files to train on (before the cut); default: the same as --events')
    .option(
      '--cut <date>',
      'the cut: midnight UTC at the beginning of this day, YYYY-MM-DD; simulated: default 2025-10-01',
      isoDate,
    )
    .option('--horizon <days>', 'days after the cut that are judged; simulated: default 91', positiveInteger)
    .option(
      '--rolling <days>',
      'also judge later cuts, each this many days after the one before, while a whole horizon follows',
      positiveInteger,
    )
    .option('--seeds <n>', 'number of networks trained; their figures are averaged', positiveInteger, 5)
    .option(
      '--currency <code>',
      `currency of the amounts, ISO 4217 (default: that of the preset, else ${DEFAULT_CURRENCY})`,
      currencyOption,
    )
    .option(
      '--force',
      'go on although most rows can not be used, or the history is too small, too short or without a future to judge by',
    )
    .option('--backend <name>', 'auto, native or wasm', backendName, 'auto')
    .option('--threads <n>', 'threads of the native backend', positiveInteger, 2)
    .option('--json <file>', 'write every figure to this file')
    .option(
      '--report <file>',
      'write a page with gain curve, deciles and calibration to this file (HTML, self-contained)',
    )
    .addOption(new Option('--shop <name>', 'simulated population').choices(Object.keys(SHOPS)).default('seasonal'))
    .option('--customers <n>', 'simulated customers of the first year', positiveInteger, 4_000)
    .option('--days <n>', 'days of simulated history before the cut', positiveInteger, 640)
    .option('--shop-seed <n>', 'seed of the simulated customers', wholeNumber, 1)
    .addHelpText(
      'after',
      '\nExamples:\n  clv-stream evaluate --simulated --seeds 3 --json figures.json\n  clv-stream evaluate --events orders.csv.gz --cut 2024-07-01 --horizon 91 --json figures.json --report figures.html\n',
    )
    .action(async (given: GivenArguments, command: Command) => {
      const options = { ...given, currency: given.currency ?? currencyOfFiles(given) };
      const fault = faultOf(options);
      if (fault) command.error(`error: ${fault}`, { exitCode: 2 });
      await failInOneLine('evaluate', async () => {
        await requireWritable(
          [
            { option: '--json', path: options.json },
            { option: '--report', path: options.report },
          ],
          { devices: true, inputs: [options.events ?? [], options.train ?? [], options.attributes ?? []].flat() },
        );
        await withSources(options, (sources, progress) =>
          options.simulated
            ? simulated(options, sources, progress)
            : runRecorded(options as RecordedArguments, sources, progress),
        );
      });
    });
}

function faultOf(options: EvaluateArguments): string | null {
  const { simulated, events, train, rolling, attributes, cut, horizon } = options;
  if ((simulated === undefined) === (events === undefined))
    return 'choose the customers to judge: either --events or --simulated';
  if (simulated && (train || rolling || attributes))
    return '--train, --rolling and --attributes need event files (--events)';
  const forFiles = givenFileOptions(options);
  if (simulated && forFiles.length > 0) return `${forFiles.join(', ')}: only for event files (--events)`;
  if (events && (cut === undefined || horizon === undefined)) return 'event files need --cut and --horizon';
  return null;
}

/** One network for the backtest, and one per seed. */
const fitsPerCut = (seeds: number): number => 1 + seeds;

async function simulated(options: EvaluateArguments, sources: EvaluationSources, progress: EvaluationProgress) {
  // With clicks and browses, and without them.
  progress.expect(2 * fitsPerCut(options.seeds));
  await runSimulated(options, sources, progress.clear);
}

async function runRecorded(
  options: RecordedArguments,
  sources: EvaluationSources,
  progress: EvaluationProgress,
): Promise<void> {
  const { currency, horizon } = options;
  const { attributes } = options;
  const say = (line: string) => {
    progress.clear();
    process.stderr.write(`${line}\n`);
  };
  const table = attributes === undefined ? null : await attributesFile(attributes);
  const historyOf = async (paths: readonly string[]) => {
    const history = await recordedHistory(paths, currency, { files: options, say, force: options.force === true });
    return table === null ? history : withAttributes(history, table);
  };
  const judged = await historyOf(options.events);
  const learnt = options.train ? await historyOf(options.train) : judged;
  const events = [...judged.events];
  const task = {
    set: options.events.map(tableName).join('+'),
    events,
    train: learnt === judged ? events : [...learnt.events],
    horizonDays: horizon,
    seeds: Array.from({ length: options.seeds }, (_, i) => i + 1),
    minorPerMajor: minorPerMajor(currency),
  };
  const instants = cuts(options, events);
  // All cuts before the first of them takes its minutes.
  for (const cutS of instants) {
    const faults = evaluationFaults(events, task.train, { cutS, horizonDays: horizon });
    checkFaults(faults, options.force === true, say);
  }
  const results: EvaluationResult[] = [];
  progress.expect(instants.length * fitsPerCut(options.seeds));
  for (const cutS of instants) {
    const each: EvaluationTask = { ...task, cutS };
    results.push(await evaluate(each, sources));
    progress.clear();
    process.stdout.write(`${evaluationTable(results[results.length - 1]!)}\n`);
  }
  // What was cleaned in the judged events. It goes to stderr, so that stdout holds the tables only.
  for (const line of cleaningLines(cleanedIn(events))) process.stderr.write(`${line}\n`);
  const [first, ...rolling] = results;
  if (options.json) {
    const figures = rolling.length > 0 ? { ...first, rolling } : first;
    await writeWhole({ option: '--json', path: options.json }, `${JSON.stringify(figures)}\n`);
  }
  if (options.report) await writeWhole({ option: '--report', path: options.report }, evaluationReport(results));
}

/** Opens the network's trainer, on the requested backend, and the baselines. */
async function withSources(
  options: EvaluateArguments,
  run: (sources: EvaluationSources, progress: EvaluationProgress) => Promise<void>,
): Promise<void> {
  const backend = await loadBackend({ preference: options.backend, threads: options.threads });
  const setup = await trainingSetup(options);
  const learner = new TensorFlowLearner(backend);
  const progress = new EvaluationProgress(new ProgressLine(process.stderr, systemClock), setup.options.epochs);
  const fitNetwork: NetworkFitter = (train, endS, seed) =>
    pretrain(train, learner, {
      ...setup.options,
      onProgress: progress.onPass,
      seed,
      endS,
      minorPerMajor: minorPerMajor(options.currency),
    });
  const { baselines, missing } = loadBaselines();
  if (missing.length > 0) {
    progress.clear();
    process.stderr.write(
      `without the baselines of ${missing.join(', ')}: not installed; npm install ${missing.join(' ')}\n`,
    );
  }
  try {
    const onProgress = (step: string) => progress.begin(step);
    await run({ baselines, fitNetwork: progress.counting(fitNetwork), onProgress }, progress);
  } finally {
    progress.clear();
    learner.dispose();
  }
}

/** The cut, and with --rolling the later cuts that are followed by a whole horizon. */
function cuts({ cut, rolling, horizon }: RecordedArguments, events: readonly CustomerEvent[]): number[] {
  const all = [cut];
  if (rolling === undefined || events.length === 0) return all;
  const lastDayS = Math.floor(events[events.length - 1]!.timeS / SECONDS_PER_DAY + 1) * SECONDS_PER_DAY;
  for (let next = cut + rolling * SECONDS_PER_DAY; next + horizon * SECONDS_PER_DAY <= lastDayS; ) {
    all.push(next);
    next += rolling * SECONDS_PER_DAY;
  }
  return all;
}
