import { ATTRIBUTE_SLOTS, ATTRIBUTES, type AttributeVocabulary } from '../domain/attributes';
import { MAX_ERLANG_SHAPE } from '../domain/distribution/count-distribution';
import { FEATURE_FINGERPRINT, STEP_FEATURES, SUMMARY_FEATURES } from '../domain/features/features';
import { DEFAULT_SHAPE, type NetworkShape } from '../domain/network/shape';
import { ENCODER_TENSORS, type NetworkWeights, WEIGHT_TENSORS } from '../domain/network/weights';
import type { Model, ModelSettings } from '../domain/scoring/model';
import { ORDER_SEGMENTS } from '../domain/state/order-segments';
import { type GoldenExample, goldenExample, goldenHolds } from './golden-example';
import { settingFault, weightFault } from './setting-bounds';
import { readShape, type ShapeEntry, writeShape } from './shape-entry';
import { fromStoredSettings, type StoredBtydModel, type StoredSettings, toStoredSettings } from './stored-settings';
import { readTensors, type TensorDtype, type TensorEntry, tensorTable, writeTensors } from './tensor-table';

/*
 * A model artefact: everything that turns state into numbers, in one file or record (little-endian):
 *
 *   0      4  magic "CLVM"
 *   4      2  format version, u16
 *   6      2  zero
 *   8      4  length of the header in bytes, u32, padded with spaces to a multiple of 4
 *   12     …  header, JSON in UTF-8: see ArtefactHeader
 *   …      …  tensors in the order of the header's table: see tensor-table.ts
 *   −32   32  SHA-256 of everything before it
 *
 * The model version is 'm-' and the first 12 hex digits of that digest. The same content gives the same bytes.
 */
const MAGIC = 'CLVM';
/** 2 only with factors by order segment, so that a version that does not know them refuses the artefact by name. */
const FORMAT = { plain: 1, segmentFactors: 2 } as const;
const PREFIX_BYTES = 12;
const DIGEST_BYTES = 32;

/** How the model was trained. For people only: nothing is computed from it. */
export interface ModelCard {
  /** Name and version of the program that made it. */
  readonly createdBy: string;
  /** The training data in one sentence. */
  readonly trainedOn: string;
  readonly examples: number;
  /** Mean validation loss, nats. null if no data was held out. */
  readonly loss: number | null;
  readonly seed: number;
  /** Time of training, ms since the epoch. null keeps the bytes equal from run to run. */
  readonly createdAtMs: number | null;
  /** Version of the model it was fine-tuned from. null if it was trained from scratch. */
  readonly parent: string | null;
  /** End of the recorded events that it was fitted on, event time, seconds. Absent: none of this shop, or an earlier version made it. */
  readonly trainedUntilS?: number;
  /** Why `fit` did not recommend the model. Absent: it did, or nothing judged it. */
  readonly notRecommended?: string;
}

export interface ArtefactParts {
  readonly weights: NetworkWeights;
  readonly settings: ModelSettings;
  readonly card: ModelCard;
}

export interface Artefact {
  readonly model: Model;
  readonly card: ModelCard;
  /** How the weights were stored. The model's weights are float32. */
  readonly tensors: readonly TensorEntry[];
}

/** Lower-case hex of SHA-256. Passed in, because serde has no platform dependencies. */
export type Sha256 = (bytes: Uint8Array) => string;

/**
 * Why bytes are refused.
 * not-an-artefact: wrong magic or size.
 * unknown-format: made by another generation of this program.
 * corrupt: the digest differs.
 * bad-header: not JSON, or a part is missing or of the wrong type.
 * other-features: trained for other inputs.
 * wrong-size: a tensor's size differs from its shape, or its dtype is unknown.
 * not-finite: a weight or setting is not a finite number.
 * bad-setting: a weight or setting is outside the range of setting-bounds.ts.
 * golden-mismatch: this program's kernel computes another output than the one that made the artefact.
 */
export type ArtefactRefusal =
  | 'not-an-artefact'
  | 'unknown-format'
  | 'corrupt'
  | 'bad-header'
  | 'other-features'
  | 'wrong-size'
  | 'not-finite'
  | 'bad-setting'
  | 'golden-mismatch';

export type DecodedArtefact =
  | ({ readonly ok: true } & Artefact)
  /** `detail` names the setting, its value and its range. */
  | { readonly ok: false; readonly reason: ArtefactRefusal; readonly detail?: string };

interface ArtefactHeader {
  readonly features: string;
  readonly encoderVersion: string;
  readonly shape: ShapeEntry;
  readonly settings: StoredSettings;
  readonly card: ModelCard;
  readonly tensors: readonly TensorEntry[];
  readonly golden: GoldenExample;
}

/**
 * The artefact with its weights in a dtype. Encoder version and golden example are computed from the weights as they will be loaded. So a
 * smaller dtype gives another model, with a version of its own.
 */
export function encodeArtefact(parts: ArtefactParts, sha256: Sha256, dtype: TensorDtype = 'float32'): Uint8Array {
  const { settings, card } = parts;
  const tensors = tensorTable(parts.weights.shape, dtype);
  const tensorBytes = writeTensors(parts.weights, tensors);
  const weights = readTensors(tensorBytes, parts.weights.shape, tensors)!;
  const header: ArtefactHeader = {
    features: FEATURE_FINGERPRINT,
    encoderVersion: encoderVersion(weights, settings, sha256),
    shape: writeShape(weights.shape),
    settings: toStoredSettings(settings),
    card,
    tensors,
    golden: goldenExample(weights),
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 4) * 4;
  const bytes = new Uint8Array(PREFIX_BYTES + headerBytes + tensorBytes.length + DIGEST_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC), 0);
  view.setUint16(4, formatOf(settings), true);
  view.setUint32(8, headerBytes, true);
  bytes.fill(0x20, PREFIX_BYTES, PREFIX_BYTES + headerBytes);
  bytes.set(json, PREFIX_BYTES);
  bytes.set(tensorBytes, PREFIX_BYTES + headerBytes);
  const content = bytes.subarray(0, bytes.length - DIGEST_BYTES);
  bytes.set(fromHex(sha256(content)), content.length);
  return bytes;
}

export function decodeArtefact(bytes: Uint8Array, sha256: Sha256): DecodedArtefact {
  if (bytes.length < PREFIX_BYTES + DIGEST_BYTES) return refused('not-an-artefact');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== MAGIC) return refused('not-an-artefact');
  const format = view.getUint16(4, true);
  if (format !== FORMAT.plain && format !== FORMAT.segmentFactors) return refused('unknown-format');
  const content = bytes.subarray(0, bytes.length - DIGEST_BYTES);
  const digest = sha256(content);
  if (digest !== toHex(bytes.subarray(content.length))) return refused('corrupt');
  const tensorsAt = PREFIX_BYTES + view.getUint32(8, true);
  const header = parseHeader(content.subarray(PREFIX_BYTES, tensorsAt));
  if (header === null) return refused('bad-header');
  const shape = readShape(header.shape);
  if (shape === null) return refused('bad-header');
  if (!forOurFeatures(header.features, shape)) return refused('other-features');
  const weights = readTensors(content.subarray(tensorsAt), shape, header.tensors);
  if (weights === null) return refused('wrong-size');
  if (!allFinite(header.settings) || !WEIGHT_TENSORS.every((name) => weights[name].every(Number.isFinite))) {
    return refused('not-finite');
  }
  const fault = settingFault(header.settings) ?? weightFault(weights as unknown as Record<string, unknown>);
  if (fault !== null) return refused('bad-setting', fault);
  const settings = fromStoredSettings(header.settings);
  if (header.encoderVersion !== encoderVersion(weights, settings, sha256)) return refused('bad-header');
  if (!goldenHolds(weights, header.golden)) return refused('golden-mismatch');
  const { card, tensors } = header;
  const version = `m-${digest.slice(0, 12)}`;
  return { ok: true, model: { version, encoderVersion: header.encoderVersion, weights, settings }, card, tensors };
}

/** Digest of everything that the recurrent state depends on. A state of another encoder is recomputed by replaying its window. */
export function encoderVersion(weights: NetworkWeights, settings: ModelSettings, sha256: Sha256): string {
  const { window, typicalOrderMinor } = settings;
  const { cell, layers, attention, units } = weights.shape;
  const isPlain = cell === DEFAULT_SHAPE.cell && layers === 1 && !attention;
  // The tensors determine the size of one LSTM layer. For the other kinds, kind and numbers must be added.
  const kind = isPlain ? [] : [cell, layers, attention, units];
  const inputs = JSON.stringify([FEATURE_FINGERPRINT, window, typicalOrderMinor, ...kind]);
  const tensors = encoderBytes(weights);
  const text = new TextEncoder().encode(inputs);
  const joined = new Uint8Array(text.length + tensors.length);
  joined.set(text);
  joined.set(tensors, text.length);
  return `e-${sha256(joined).slice(0, 8)}`;
}

function formatOf({ structure }: ModelSettings): number {
  return structure?.segmentFactors === undefined ? FORMAT.plain : FORMAT.segmentFactors;
}

function refused(reason: ArtefactRefusal, detail?: string): DecodedArtefact {
  return detail === undefined ? { ok: false, reason } : { ok: false, reason, detail };
}

/** What each reason means, with what to do. */
const REFUSALS: Readonly<Record<ArtefactRefusal, string>> = {
  'not-an-artefact': 'it is no model file of clv-stream; name the .clvm file that fit wrote',
  'unknown-format': 'another generation of this program made it; train it again with clv-stream fit',
  corrupt: 'its content differs from its digest; copy it again from where it was made',
  'bad-header': 'a part of its header is missing or wrong; copy it again from where it was made',
  'other-features': 'it was trained for the inputs of another release; train it again with clv-stream fit',
  'wrong-size': 'a tensor does not have the size of its shape; copy it again from where it was made',
  'not-finite': 'a weight or setting is not a finite number; train it again with clv-stream fit',
  'bad-setting': 'a weight or setting is out of its range; train it again with clv-stream fit',
  'golden-mismatch':
    'this program computes other outputs than the one that made it; train it again with clv-stream fit',
};

/** Why an artefact is refused, for a person: the literal reason, and its detail or what it means. */
export function refusalText({
  reason,
  detail,
}: {
  readonly reason: ArtefactRefusal;
  readonly detail?: string;
}): string {
  return `${reason}: ${detail ?? REFUSALS[reason]}`;
}

/** float32, little-endian on every machine. */
function encoderBytes(weights: NetworkWeights): Uint8Array {
  const values = ENCODER_TENSORS.flatMap((name) => Array.from(weights[name]));
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => void view.setFloat32(4 * i, value, true));
  return new Uint8Array(view.buffer);
}

/** The header if every part is present and of its type. null otherwise. */
function parseHeader(bytes: Uint8Array): ArtefactHeader | null {
  let header: Partial<ArtefactHeader> | null;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
  if (typeof header !== 'object' || header === null) return null;
  const { shape, settings, card, golden, tensors } = header;
  if (typeof header.features !== 'string' || typeof header.encoderVersion !== 'string') return null;
  if (!isObject(shape) || !isObject(settings) || !isObject(card) || !isObject(golden) || !Array.isArray(tensors))
    return null;
  if (!isObject(settings.orderValue) || !Array.isArray(settings.tierCuts) || settings.tierCuts.length !== 3)
    return null;
  if (![golden.sequence, golden.summary, golden.outputs].every(Array.isArray)) return null;
  return header as ArtefactHeader;
}

function forOurFeatures(features: string, { stepFeatures, summaryFeatures }: NetworkShape): boolean {
  return features === FEATURE_FINGERPRINT && stepFeatures === STEP_FEATURES && summaryFeatures === SUMMARY_FEATURES;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** JSON has no NaN. It writes null, which is not a number either. */
function allFinite(settings: StoredSettings): boolean {
  const { window, typicalOrderMinor, orderValue, margin, discountRate, tierCuts } = settings;
  const { meanMinor, weight } = orderValue;
  return (
    [window, typicalOrderMinor, meanMinor, weight, margin, discountRate, ...tierCuts].every(Number.isFinite) &&
    window >= 1 &&
    typicalOrderMinor > 0 &&
    (settings.attributes === undefined || soundVocabulary(settings.attributes)) &&
    (settings.structure === undefined || soundBtydModel(settings.structure)) &&
    (settings.spreadFactors === undefined || bySegment(settings.spreadFactors, isPositive))
  );
}

/** The texts are distinct, and no attribute has more of them than it has slots. */
function soundVocabulary(vocabulary: AttributeVocabulary): boolean {
  return (
    isObject(vocabulary) &&
    ATTRIBUTES.every((name) => {
      const values = vocabulary[name];
      return (
        Array.isArray(values) &&
        values.length <= ATTRIBUTE_SLOTS[name] &&
        values.every((value) => typeof value === 'string') &&
        new Set(values).size === values.length
      );
    })
  );
}

/** Parameters and level are above 0, and each order segment's share is in 0…1. The same holds for the blend of value, if there is one. */
function soundBtydModel(structure: StoredBtydModel): boolean {
  if (!isObject(structure) || !isObject(structure.paretoNbd)) return false;
  const { paretoNbd, networkShares, level, segmentFactors, value, calibration } = structure;
  const { r, alpha, s, beta } = paretoNbd;
  return (
    [r, alpha, s, beta, level].every(isPositive) &&
    bySegment(networkShares, isShare) &&
    (segmentFactors === undefined || bySegment(segmentFactors, isPositive)) &&
    (value === undefined ||
      (isObject(value) &&
        isObject(value.prior) &&
        [value.prior.meanMinor, value.prior.weight].every(isPositive) &&
        isShare(value.networkShare))) &&
    (calibration === undefined ||
      (isObject(calibration) &&
        bySegment(calibration.dispersion, isPositive) &&
        bySegment(calibration.spread, isPositive) &&
        (calibration.regularity === undefined || bySegment(calibration.regularity, isErlangShape))))
  );
}

function bySegment(values: unknown, holds: (value: unknown) => boolean): boolean {
  return Array.isArray(values) && values.length === ORDER_SEGMENTS.length && values.every(holds);
}

function isPositive(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) > 0;
}

function isErlangShape(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 1 && (value as number) <= MAX_ERLANG_SHAPE;
}

function isShare(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0 && (value as number) <= 1;
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
