import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { sha256 } from '../../adapters/system/digest';
import { type BackendPreference, loadBackend } from '../../adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../adapters/tensorflow/tensorflow-learner';
import type { CustomerEvent } from '../../domain/event';
import { minorPerMajor } from '../../domain/money';
import { DEFAULT_SHAPE } from '../../domain/network';
import { decodeArtefact, encodeArtefact } from '../../serde/model-artefact';
import { anchorFit } from '../../services/evaluation/anchored-fit';
import { DEFAULT_PRETRAIN, type PretrainMetrics, pretrain } from '../../services/trainer/pretrain';
import { recordedHistory, simulatedHistory } from '../fit-history';
import { FitProgress } from '../fit-progress';

interface FitArguments {
  readonly simulated?: true;
  readonly events?: readonly string[];
  readonly currency: string;
  readonly customers: number;
  readonly days: number;
  readonly seed: number;
  readonly epochs: number;
  readonly backend: BackendPreference;
  readonly threads: number;
  readonly out: string;
  readonly json?: true;
}

/** `clv-stream fit`: weights from a history, in one go; `train` goes on from them on the stream. */
export function fitCommand(): Command {
  return new Command('fit')
    .summary('train weights from a history and write them as a model artefact')
    .description(
      'Trains the network from nothing on a history of customers, and writes a model artefact.\n' +
        'The history is either recorded (--events) or made up (--simulated: the shop that the shipped first weights learnt from).\n' +
        'A fifth of the customers is held out: training stops when their loss falls no further, and the figures printed are theirs.\n' +
        'Recorded customers also anchor the network: Pareto/NBD and Gamma-Gamma are fitted on them, and trained once more on the\n' +
        'history without its last window, the network is tried out on that window to say how to blend and calibrate.',
    )
    .option('--simulated', 'learn from simulated customers')
    .option('--events <file...>', 'learn from recordings: CSV as for replay, gzipped where the name ends in .gz')
    .option('--currency <code>', 'currency of the amounts, ISO 4217', 'EUR')
    .option('--customers <n>', 'simulated customers of the first year', positive, 8_000)
    .option('--days <n>', 'length of the simulated history, days', positive, 1_095)
    .option('--seed <n>', 'seed of simulation and training', wholeNumber, 1)
    .option('--epochs <n>', 'most passes over the examples', positive, DEFAULT_PRETRAIN.epochs)
    .option('--backend <name>', 'auto, native or wasm', backendName, 'auto')
    .option('--threads <n>', 'threads of the native backend', positive, 2)
    .option('--json', 'print the figures as one line of JSON')
    .requiredOption('--out <file>', 'where to write the artefact')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  clv-stream fit --simulated --seed 1 --out models/first-weights.clvm\n' +
        '  clv-stream fit --events orders.csv.gz clicks.csv.gz --currency GBP --out models/shop.clvm\n',
    )
    .action(async (options: FitArguments, command: Command) => {
      if ((options.simulated === undefined) === (options.events === undefined)) {
        command.error('error: say what to learn from: either --simulated or --events', { exitCode: 2 });
      }
      await runFit(options);
    });
}

async function runFit(options: FitArguments): Promise<void> {
  const backend = await loadBackend({ preference: options.backend, threads: options.threads });
  const learner = new TensorFlowLearner(backend);
  const named = backend.name === 'wasm' ? 'WebAssembly' : 'native TensorFlow';
  process.stderr.write(`training on ${named} (TensorFlow.js ${backend.version})\n`);
  const progress = new FitProgress(options.epochs, process.stderr);
  try {
    const { customers, days, seed, epochs, currency } = options;
    const history = options.events
      ? await recordedHistory(options.events, currency)
      : simulatedHistory(customers, days, seed);
    const events = [...history.events];
    const fitBefore = (train: readonly CustomerEvent[], endS: number) =>
      pretrain(train, learner, {
        ...DEFAULT_PRETRAIN,
        shape: DEFAULT_SHAPE,
        seed,
        epochs,
        endS,
        minorPerMajor: minorPerMajor(currency),
        onProgress: (facts) => progress.show(facts),
      });
    const fitted = await fitBefore(events, history.endS);
    const { weights, metrics } = fitted;
    // Made-up customers have no level or season that is worth an anchor: the first weights are the network alone.
    const settings = options.events
      ? await anchorFit(fitted, events, fitBefore, { endS: history.endS, seed, minorPerMajor: minorPerMajor(currency) })
      : fitted.settings;
    progress.stop();
    const card = {
      createdBy: 'clv-stream fit',
      trainedOn: `${metrics.customers} ${options.events ? 'customers, ' : ''}${history.description}`,
      examples: metrics.trainExamples,
      loss: metrics.validationLoss,
      seed,
      createdAtMs: null,
      parent: null,
    };
    const bytes = encodeArtefact({ weights, settings, card }, sha256);
    const decoded = decodeArtefact(bytes, sha256);
    if (!decoded.ok) throw new Error(`the artefact just made is refused: ${decoded.reason}`);
    await mkdir(dirname(options.out), { recursive: true });
    await writeFile(options.out, bytes);
    const { passedOver } = history;
    const facts = { out: options.out, bytes: bytes.length, version: decoded.model.version, backend: backend.name };
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ ...facts, passedOver, settings, metrics })}\n`
        : `${report(facts, passedOver, metrics).join('\n')}\n`,
    );
  } finally {
    progress.stop();
    learner.dispose();
  }
}

function report(
  facts: { readonly out: string; readonly bytes: number; readonly version: string },
  passedOver: number,
  metrics: PretrainMetrics,
): string[] {
  const { events, customers, trainExamples, validationExamples, epochs } = metrics;
  return [
    `${facts.out}: ${facts.version}, ${facts.bytes} bytes`,
    `${events} events of ${customers} customers${passedOver > 0 ? `, ${passedOver} rows passed over` : ''}`,
    `${trainExamples} examples, ${validationExamples} held out; best after epoch ${epochs}`,
    `held-out loss ${metrics.validationLoss.toFixed(4)} nats; each customer's own past rate ${metrics.pastRateLoss.toFixed(4)}, one rate for all ${metrics.constantRateLoss.toFixed(4)}`,
    ...metrics.calibration
      .filter(({ examples }) => examples > 0)
      .map(
        ({ days, examples, predictedOrders, actualOrders }) =>
          `orders within ${days} days of ${examples} held-out origins: predicted ${predictedOrders.toFixed(0)}, actual ${actualOrders}`,
      ),
    `Spearman with the orders of the next 90 days: ${metrics.spearman90.toFixed(3)}; own past rate ${metrics.baselineSpearman90.toFixed(3)}`,
  ];
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number.');
  return value;
}

function positive(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('expected a whole number above 0.');
  return value;
}

function backendName(text: string): BackendPreference {
  if (text !== 'auto' && text !== 'native' && text !== 'wasm') {
    throw new InvalidArgumentError('expected auto, native or wasm.');
  }
  return text;
}
