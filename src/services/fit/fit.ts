import { blendFit } from '../../domain/blend/blended-fit';
import type { Currency } from '../../domain/currency';
import type { CustomerEvent } from '../../domain/event';
import type { NetworkShape } from '../../domain/network/shape';
import type { ModelSettings } from '../../domain/scoring/model';
import { cappedAmounts, typicalOrderBefore } from '../../domain/state/capped-amounts';
import type { Learner } from '../../ports/learner';
import { decodeArtefact, encodeArtefact, refusalText, type Sha256 } from '../../serde/model-artefact';
import { type PretrainMetrics, type PretrainOptions, type PretrainProgress, pretrain } from './pretrain';
import { objectionTo } from './recommendation';

export interface FitRequest {
  /** In event-time order. */
  readonly events: readonly CustomerEvent[];
  /** True for recorded customers. Simulated ones need no blend for total or season: the network serves alone. */
  readonly recorded: boolean;
  /** Source of the events, for the model card. */
  readonly description: string;
  readonly options: Omit<PretrainOptions, 'onProgress'>;
  /** Of the amounts. Null: none of the real world, as of simulated customers. */
  readonly currency: Currency | null;
  /** Version of the model whose weights are `options.start`; null if there is none. */
  readonly parent: string | null;
}

export interface FitPorts {
  readonly learner: Learner;
  readonly sha256: Sha256;
  /** Called before each training. Returns the listener for its progress. */
  readonly follow: (run: 'fit' | 'backtest') => (progress: PretrainProgress) => void;
}

export interface FittedModel {
  readonly artefact: Uint8Array;
  readonly version: string;
  readonly shape: NetworkShape;
  readonly settings: ModelSettings;
  readonly metrics: PretrainMetrics;
}

/** Trains, blends and encodes the model. The result depends only on the request and on the learner's backend. */
export async function fitModel(request: FitRequest, { learner, sha256, follow }: FitPorts): Promise<FittedModel> {
  const { options, recorded } = request;
  const { endS, seed, minorPerMajor } = options;
  const events = cappedAmounts(request.events, typicalOrderBefore(request.events, endS));
  const fitted = await pretrain(events, learner, { ...options, onProgress: follow('fit') });
  const backtest = async (train: readonly CustomerEvent[], cutS: number) =>
    pretrain(train, learner, { ...options, endS: cutS, onProgress: follow('backtest') });
  const blended = recorded ? await blendFit(fitted, events, backtest, { endS, seed, minorPerMajor }) : fitted.settings;
  const settings = request.currency === null ? blended : { ...blended, currency: request.currency };
  const { weights, metrics } = fitted;
  const objection = objectionTo(metrics.gain);
  const card = {
    createdBy: 'clv-stream fit',
    trainedOn: `${metrics.customers} ${recorded ? 'customers, ' : ''}${request.description}`,
    examples: metrics.trainExamples,
    loss: metrics.validationLoss,
    seed,
    createdAtMs: null,
    parent: request.parent,
    ...(recorded ? { trainedUntilS: endS } : {}),
    ...(objection === null ? {} : { notRecommended: objection }),
  };
  const artefact = encodeArtefact({ weights, settings, card }, sha256);
  const decoded = decodeArtefact(artefact, sha256);
  if (!decoded.ok) throw new Error(`the new artefact is refused: ${refusalText(decoded)}`);
  return { artefact, version: decoded.model.version, shape: weights.shape, settings, metrics };
}
