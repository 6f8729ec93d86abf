import { FEATURE_FINGERPRINT } from '../../domain/features/features';
import type { LossGain } from '../../domain/metrics/loss-gain';
import type { NetworkShape } from '../../domain/network/shape';
import type { ModelSettings } from '../../domain/scoring/model';
import type { CleaningCounts } from '../../domain/state/cleaning-tally';
import type { Artefact } from '../../serde/model-artefact';
import { type StoredSettings, toStoredSettings } from '../../serde/stored-settings';
import type { PassedOver } from '../../services/files/passed-over';
import type { PretrainMetrics, PretrainOptions } from '../../services/fit/pretrain';
import { IF_NOT_RECOMMENDED, objectionTo } from '../../services/fit/recommendation';
import type { EpochLoss } from '../reports/fit/loss-chart';
import type { FitHistory } from './history';
import type { SearchFinding } from './search-run';

/** The result of one training, for reports and the model card. */
export interface FitOutcome {
  readonly history: FitHistory;
  readonly cleaned: CleaningCounts;
  /** Number of profiles in the history. */
  readonly profiles: number;
  /** Event time of the first and the last event, in seconds. */
  readonly span: { readonly firstS: number; readonly lastS: number };
  readonly currency: string;
  readonly backend: string;
  readonly options: PretrainOptions;
  readonly epochs: readonly EpochLoss[];
  readonly metrics: PretrainMetrics;
  readonly settings: ModelSettings;
  readonly shape: NetworkShape;
  /** The model whose weights training started from. */
  readonly start: Artefact | null;
  readonly search: SearchFinding | null;
  readonly artefact: {
    readonly file: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly version: string;
  };
}

/** `model-card.json`: where a model comes from, how good it was on held-out customers, and the limits of its use. */
export interface ModelCardFile {
  readonly version: string;
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file without its last 32 bytes. Those bytes are this digest. */
  readonly sha256: string;
  readonly data: {
    readonly source: string;
    readonly firstEvent: string;
    readonly lastEvent: string;
    /** All events that were read are before it. */
    readonly cut: string;
    readonly days: number;
    readonly currency: string;
    readonly customers: number;
    readonly events: number;
    readonly passedOver: readonly PassedOver[];
    readonly cleaned: CleaningCounts;
  };
  readonly training: {
    readonly seed: number;
    readonly backend: string;
    /** The model that gave encoder and heads, or null for random weights. Everything else was fitted on the data above. */
    readonly startedFrom: { readonly version: string; readonly trainedOn: string } | null;
    /** How the hyper-parameters were searched. Null without a search. */
    readonly search: SearchFinding | null;
    /** The options of the training that are plain values. */
    readonly options: Readonly<Record<string, unknown>>;
    readonly examples: { readonly trained: number; readonly heldOut: number };
    readonly epochs: readonly EpochLoss[];
    readonly bestEpoch: number;
  };
  readonly network: NetworkShape;
  readonly features: { readonly fingerprint: string; readonly step: number; readonly summary: number };
  readonly heldOut: {
    /** In nats per example. */
    readonly loss: number;
    /** False unless the model is better than one rate for all beyond chance. */
    readonly recommended: boolean;
    /** What it loses less than one rate for all, with the interval that decides. */
    readonly gain: LossGain;
    readonly baselines: readonly { readonly name: string; readonly loss: number }[];
    /** Null if too few customers have 90 days after their origin. */
    readonly spearman90: number | null;
    readonly pastRateSpearman90: number | null;
    readonly calibration: PretrainMetrics['calibration'];
  };
  /** As in the artefact: order-value prior, tier cuts, and under `structure` the blend and the calibration. */
  readonly settings: StoredSettings;
  readonly limits: readonly string[];
}

const DAY_S = 86_400;
const LONGEST_HORIZON_DAYS = 365;

export function modelCard(outcome: FitOutcome): ModelCardFile {
  const { history, span, currency, metrics, settings, shape, artefact, options } = outcome;
  const { bytes, file, sha256, version } = artefact;
  return {
    version,
    file,
    bytes,
    sha256,
    data: {
      source: history.description,
      firstEvent: iso(span.firstS),
      lastEvent: iso(span.lastS),
      cut: iso(history.endS),
      days: Math.round((history.endS - span.firstS) / DAY_S),
      currency,
      customers: metrics.customers,
      events: metrics.events,
      passedOver: history.passedOver,
      cleaned: outcome.cleaned,
    },
    training: {
      seed: options.seed,
      backend: outcome.backend,
      startedFrom: outcome.start && { version: outcome.start.model.version, trainedOn: outcome.start.card.trainedOn },
      search: outcome.search,
      options: plainValues(options),
      examples: { trained: metrics.trainExamples, heldOut: metrics.validationExamples },
      epochs: outcome.epochs,
      bestEpoch: metrics.epochs,
    },
    network: shape,
    features: { fingerprint: FEATURE_FINGERPRINT, step: shape.stepFeatures, summary: shape.summaryFeatures },
    heldOut: {
      loss: metrics.validationLoss,
      recommended: metrics.gain.proven,
      gain: metrics.gain,
      baselines: baselinesOf(metrics),
      spearman90: metrics.spearman90,
      pastRateSpearman90: metrics.baselineSpearman90,
      calibration: metrics.calibration,
    },
    settings: toStoredSettings(settings),
    limits: limitsOf(outcome),
  };
}

export function baselinesOf(metrics: PretrainMetrics): { name: string; loss: number }[] {
  return [
    { name: 'own past rate', loss: metrics.pastRateLoss },
    { name: 'one rate for all', loss: metrics.constantRateLoss },
  ];
}

/** Limits to know before relying on the model. Each follows from how it was trained. */
function limitsOf({ history, span, settings, metrics, currency }: FitOutcome): string[] {
  const days = Math.round((history.endS - span.firstS) / DAY_S);
  const yearlong = metrics.calibration.find((each) => each.days === LONGEST_HORIZON_DAYS);
  const objection = objectionTo(metrics.gain);
  return [
    ...(objection === null ? [] : [`Not recommended: ${objection}. Do not put it into force: ${IF_NOT_RECOMMENDED}.`]),
    ...(!history.recorded
      ? ['Trained on simulated customers: nothing here shows how well it ranks the customers of a real shop.']
      : []),
    'The held-out customers chose the epoch, and lived in the same months as the others. clv-stream evaluate judges by what came after a cut.',
    ...(days < 2 * LONGEST_HORIZON_DAYS
      ? [
          `The history has ${days} days. Figures for horizons that it is too short to show rest on the shape of the curve.`,
        ]
      : []),
    ...(yearlong?.examples === 0 ? ['No held-out customer could be followed for 365 days.'] : []),
    ...(history.recorded && settings.structure === undefined
      ? [
          'Not blended with a BTYD model: the history is too short, or too few customers came back. The predicted total may drift.',
        ]
      : []),
    `Amounts are in ${currency}. A deployment in another currency needs its own weights.`,
    'Margin 1 and discount 0: the value is net revenue unless the settings change them.',
  ];
}

function plainValues(options: PretrainOptions): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => name !== 'start' && typeof value !== 'function'),
  );
}

function iso(timeS: number): string {
  return new Date(timeS * 1000).toISOString();
}
