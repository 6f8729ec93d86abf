import { sha256 } from '../../adapters/system/digest';
import type { Backend } from '../../adapters/tensorflow/backend';
import type { CustomerEvent } from '../../domain/event';
import { minorPerMajor } from '../../domain/money';
import type { Learner } from '../../ports/learner';
import { decodeArtefact, encodeArtefact, refusalText } from '../../serde/model-artefact';
import { anchorFit } from '../../services/evaluation/anchored-fit';
import { type PretrainOptions, pretrain } from '../../services/trainer/pretrain';
import { cleanedIn } from '../cleaning-lines';
import { eventSpan, type FitHistory } from '../fit-history';
import type { TrainingSetup } from '../training-options';
import type { FitOutcome } from './model-card';
import { FitProgress } from './progress';
import type { SearchFinding } from './search-run';
import { type FitTarget, nameIn, tensorboardFolder, writeTarget } from './target';
import { TrainingLog } from './training-log';

export interface FitTask {
  readonly history: FitHistory;
  /** `history.events`, in event-time order. */
  readonly events: readonly CustomerEvent[];
  readonly currency: string;
  readonly seed: number;
  readonly setup: TrainingSetup;
  /** What said how to train; null where nothing was searched. */
  readonly search: SearchFinding | null;
}

/** Trains, anchors and writes; determined by task and backend. */
export async function trainAndWrite(
  { history, events, currency, seed, setup, search }: FitTask,
  target: FitTarget,
  backend: Backend,
  learner: Learner,
): Promise<FitOutcome> {
  const { options, start } = setup;
  const money = { minorPerMajor: minorPerMajor(currency) };
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
    if (!decoded.ok) throw new Error(`the artefact just made is refused: ${refusalText(decoded)}`);
    const outcome: FitOutcome = {
      history,
      cleaned: cleanedIn(events),
      profiles: events.filter(({ kind }) => kind === 'profile').length,
      span: eventSpan(events)!,
      currency,
      backend: nameOf(backend),
      options: optionsBefore(endS),
      epochs: log.epochs,
      metrics,
      settings,
      shape: weights.shape,
      start,
      search,
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

export function nameOf({ name }: Backend): string {
  return name === 'wasm' ? 'WebAssembly' : 'native TensorFlow';
}
