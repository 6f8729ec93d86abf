import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { sha256 } from '../../adapters/system/digest';
import { type BackendPreference, loadBackend } from '../../adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../adapters/tensorflow/tensorflow-learner';
import { type CustomerEvent, SECONDS_PER_DAY } from '../../domain/event';
import { DEFAULT_SHAPE } from '../../domain/network';
import { mulberry32 } from '../../domain/random';
import { trainingShop } from '../../domain/shop-population';
import { simulateShop } from '../../domain/simulated-shop';
import { decodeArtefact, encodeArtefact } from '../../serde/model-artefact';
import {
  DEFAULT_PRETRAIN,
  type PretrainMetrics,
  type PretrainProgress,
  pretrain,
} from '../../services/trainer/pretrain';

interface FitArguments {
  readonly simulated?: true;
  readonly customers: number;
  readonly days: number;
  readonly seed: number;
  readonly epochs: number;
  readonly backend: BackendPreference;
  readonly threads: number;
  readonly out: string;
  readonly json?: true;
}

/** First instant of the simulated history: a Monday, 1 January 2024, 00:00 UTC. */
const SIMULATION_START_S = 1_704_067_200;
/** The simulated shop trades in euros. */
const MINOR_PER_MAJOR = 100;

/** `clv-stream fit`: weights from a history, in one go; `train` goes on from them on the stream. */
export function fitCommand(): Command {
  return new Command('fit')
    .summary('train weights from a history and write them as a model artefact')
    .description(
      'Trains the network from nothing on a history of customers, and writes a model artefact.\n' +
        'With --simulated the history is made up: the shop that the shipped first weights learnt from.',
    )
    .option('--simulated', 'learn from simulated customers')
    .option('--customers <n>', 'simulated customers of the first year', wholeNumber, 8_000)
    .option('--days <n>', 'length of the simulated history, days', wholeNumber, 730)
    .option('--seed <n>', 'seed of simulation and training', wholeNumber, 1)
    .option('--epochs <n>', 'most passes over the examples', wholeNumber, DEFAULT_PRETRAIN.epochs)
    .option('--backend <name>', 'auto, native or wasm', backendName, 'auto')
    .option('--threads <n>', 'threads of the native backend', wholeNumber, 2)
    .option('--json', 'print the metrics as one line of JSON')
    .requiredOption('--out <file>', 'where to write the artefact, for example models/first-weights.clvm')
    .addHelpText(
      'after',
      '\nExample:\n  clv-stream fit --simulated --customers 8000 --days 730 --seed 1 --out models/first-weights.clvm\n',
    )
    .action(async (options: FitArguments, command: Command) => {
      if (!options.simulated) command.error('error: say what to learn from: --simulated', { exitCode: 2 });
      await runFit(options);
    });
}

async function runFit(options: FitArguments): Promise<void> {
  const backend = await loadBackend({ preference: options.backend, threads: options.threads });
  const learner = new TensorFlowLearner(backend);
  const endS = SIMULATION_START_S + options.days * SECONDS_PER_DAY;
  process.stderr.write(
    `Training on ${backend.name === 'wasm' ? 'WebAssembly' : 'native TensorFlow'} (TensorFlow.js ${backend.version})\n`,
  );
  const progress = new FitProgress(options.epochs);
  try {
    const { weights, settings, metrics } = await pretrain(simulatedHistory(options, endS), learner, {
      ...DEFAULT_PRETRAIN,
      shape: DEFAULT_SHAPE,
      seed: options.seed,
      epochs: options.epochs,
      endS,
      minorPerMajor: MINOR_PER_MAJOR,
      onProgress: (facts) => progress.show(facts),
    });
    progress.stop();
    const card = {
      createdBy: 'clv-stream fit',
      trainedOn: `${metrics.customers} simulated customers of the ${trainingShop.name} shop over ${options.days} days`,
      examples: metrics.trainExamples,
      loss: metrics.validationLoss,
      seed: options.seed,
      createdAtMs: null,
      parent: null,
    };
    const bytes = encodeArtefact({ weights, settings, card }, sha256);
    const decoded = decodeArtefact(bytes, sha256);
    if (!decoded.ok) throw new Error(`the artefact just made is refused: ${decoded.reason}`);
    await mkdir(dirname(options.out), { recursive: true });
    await writeFile(options.out, bytes);
    const facts = { out: options.out, bytes: bytes.length, version: decoded.model.version, backend: backend.name };
    process.stdout.write(
      options.json ? `${JSON.stringify({ ...facts, settings, metrics })}\n` : report(facts, metrics),
    );
  } finally {
    progress.stop();
    learner.dispose();
  }
}

function* simulatedHistory({ customers, seed }: FitArguments, endS: number): Generator<CustomerEvent> {
  for (const event of simulateShop(trainingShop, { customers, startS: SIMULATION_START_S, random: mulberry32(seed) })) {
    if (event.timeS >= endS) return;
    yield event;
  }
}

/** One bar for folding (of unknown length) and one per epoch; a line for each finished epoch. */
class FitProgress {
  private bar: SingleBar | null = null;

  constructor(private readonly epochs: number) {}

  show(progress: PretrainProgress): void {
    if (progress.phase === 'folding') {
      if (process.stderr.isTTY) process.stderr.write(`\rFolding events: ${progress.events}`);
    } else if (progress.phase === 'training') {
      this.bar ??= this.begin();
      this.bar.update(Math.floor(progress.done * 100), {
        epoch: progress.epoch,
        loss: progress.loss.toFixed(4),
      });
    } else {
      this.stop();
      const { epoch, trainLoss, validationLoss } = progress;
      process.stderr.write(`epoch ${epoch}: loss ${trainLoss.toFixed(4)}, held-out ${validationLoss.toFixed(4)}\n`);
    }
  }

  stop(): void {
    this.bar?.stop();
    this.bar = null;
  }

  private begin(): SingleBar {
    const bar = new SingleBar({
      format: `Epoch {epoch}/${this.epochs} [{bar}] {percentage} % · loss {loss} · {eta_formatted} left`,
      clearOnComplete: true,
      hideCursor: true,
      stream: process.stderr,
    });
    bar.start(100, 0, { epoch: '', loss: '' });
    return bar;
  }
}

function report(facts: { out: string; bytes: number; version: string }, metrics: PretrainMetrics): string {
  const lines = [
    `${facts.out}: ${facts.version}, ${facts.bytes} bytes`,
    `${metrics.events} events of ${metrics.customers} customers; ${metrics.trainExamples} examples, ${metrics.validationExamples} held out; best epoch ${metrics.epochs}`,
    `held-out loss ${metrics.validationLoss.toFixed(4)} nats (own past rate ${metrics.pastRateLoss.toFixed(4)}, constant rate ${metrics.constantRateLoss.toFixed(4)})`,
    ...metrics.calibration.map(
      ({ days, examples, predictedOrders, actualOrders }) =>
        `orders within ${days} days of ${examples} held-out origins: predicted ${predictedOrders.toFixed(0)}, actual ${actualOrders}`,
    ),
    `Spearman with orders within 90 days: ${metrics.spearman90.toFixed(3)} (own past rate ${metrics.baselineSpearman90.toFixed(3)})`,
  ];
  return `${lines.join('\n')}\n`;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number.');
  return value;
}

function backendName(text: string): BackendPreference {
  if (text !== 'auto' && text !== 'native' && text !== 'wasm') {
    throw new InvalidArgumentError('expected auto, native or wasm.');
  }
  return text;
}
