import { sha256 } from '../../adapters/system/digest';
import { type Backend, type BackendPreference, loadBackend } from '../../adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../adapters/tensorflow/tensorflow-learner';
import type { CustomerEvent } from '../../domain/event';
import { minorPerMajor } from '../../domain/money';
import type { Learner } from '../../ports/learner';
import { type Artefact, decodeArtefact, encodeArtefact } from '../../serde/model-artefact';
import { anchorFit } from '../../services/evaluation/anchored-fit';
import { type PretrainOptions, pretrain } from '../../services/trainer/pretrain';
import { cleanedIn } from '../cleaning-lines';
import type { FitHistory } from '../fit-history';
import { type TrainingArguments, type TrainingSetup, trainingSetup } from '../training-options';
import type { FitOutcome } from './model-card';
import { FitProgress } from './progress';
import { fitReport } from './report';
import { type FitTarget, fitTarget, nameIn, prepareTarget, tensorboardFolder, writeTarget } from './target';
import { TrainingLog } from './training-log';

/** How to train, wherever the history comes from. */
export interface FitRun extends TrainingArguments {
  /** Of the amounts, ISO 4217. */
  readonly currency: string;
  readonly seed: number;
  readonly backend: BackendPreference;
  readonly threads: number;
  readonly out: string;
  readonly json?: true;
}

/** Trains, anchors, writes, and says on stdout what came out. */
export async function runFit(run: FitRun, history: FitHistory): Promise<void> {
  const backend = await loadBackend({ preference: run.backend, threads: run.threads });
  const setup = await trainingSetup(run);
  const target = fitTarget(run.out);
  await prepareTarget(target);
  if (setup.start) say(startLine(setup.start));
  say(`training on ${nameOf(backend)} (TensorFlow.js ${backend.version})`);
  if (target.folder !== null && backend.name === 'wasm') {
    say('no files for TensorBoard: only native TensorFlow.js writes them; loss.svg has the same curve');
  }
  const learner = new TensorFlowLearner(backend);
  try {
    const outcome = await trained(run, setup, history, target, backend, learner);
    process.stdout.write(fitReport(outcome, target, run.json === true));
  } finally {
    learner.dispose();
  }
}

/** Trains and writes; determined by run, history and backend. */
async function trained(
  run: FitRun,
  { options, start }: TrainingSetup,
  history: FitHistory,
  target: FitTarget,
  backend: Backend,
  learner: Learner,
): Promise<FitOutcome> {
  const { seed, currency } = run;
  const money = { minorPerMajor: minorPerMajor(currency) };
  const events = [...history.events];
  const { endS } = history;
  const optionsBefore = (cutS: number): PretrainOptions => ({ ...options, ...money, seed, endS: cutS });
  const progress = new FitProgress(options.epochs, process.stderr);
  const folder = target.folder === null ? null : tensorboardFolder(target.folder);
  const fitBefore = async (train: readonly CustomerEvent[], cutS: number, log: TrainingLog) =>
    pretrain(train, learner, { ...optionsBefore(cutS), onProgress: (facts) => log.take(facts) });
  try {
    const log = new TrainingLog(backend, folder, 'fit', progress);
    const fitted = await fitBefore(events, endS, log);
    const { weights, metrics } = fitted;
    const backtest = async (train: readonly CustomerEvent[], cutS: number) => {
      progress.announce('once more on the history without its last window, to say how to anchor');
      return fitBefore(train, cutS, new TrainingLog(backend, folder, 'backtest', progress));
    };
    // Made-up customers have no level or season that is worth an anchor: the first weights are the network alone.
    const settings = history.recorded
      ? await anchorFit(fitted, events, backtest, { endS, seed, ...money })
      : fitted.settings;
    const card = {
      createdBy: 'clv-stream fit',
      trainedOn: `${metrics.customers} ${history.recorded ? 'customers, ' : ''}${history.description}`,
      examples: metrics.trainExamples,
      loss: metrics.validationLoss,
      seed,
      createdAtMs: null,
      parent: start?.model.version ?? null,
    };
    const bytes = encodeArtefact({ weights, settings, card }, sha256);
    const decoded = decodeArtefact(bytes, sha256);
    if (!decoded.ok) throw new Error(`the artefact just made is refused: ${decoded.reason}`);
    const outcome: FitOutcome = {
      history,
      cleaned: cleanedIn(events),
      span: { firstS: events[0]!.timeS, lastS: events[events.length - 1]!.timeS },
      currency,
      backend: nameOf(backend),
      options: optionsBefore(endS),
      epochs: log.epochs,
      metrics,
      settings,
      shape: weights.shape,
      start,
      artefact: {
        file: nameIn(target),
        bytes: bytes.length,
        sha256: Buffer.from(bytes.subarray(bytes.length - 32)).toString('hex'),
        version: decoded.model.version,
      },
    };
    await writeTarget(target, bytes, outcome);
    return outcome;
  } finally {
    progress.stop();
  }
}

function startLine({ model, card }: Artefact): string {
  return (
    `starting from ${model.version} (${card.trainedOn}): its encoder and heads, and nothing else; ` +
    'the scale of money, the order-value prior, the tier cuts and the anchor are fitted on this history'
  );
}

function nameOf({ name }: Backend): string {
  return name === 'wasm' ? 'WebAssembly' : 'native TensorFlow';
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
