import { sha256 } from '../../src/adapters/system/digest';
import type { BtydModel } from '../../src/domain/btyd/btyd-model';
import { mulberry32 } from '../../src/domain/math/random';
import { CELLS } from '../../src/domain/network/shape';
import { WEIGHT_TENSORS } from '../../src/domain/network/weights';
import type { ModelSettings } from '../../src/domain/scoring/model';
import { updateOf } from '../../src/domain/scoring/prediction';
import { Scorer } from '../../src/domain/scoring/scorer';
import { emptyState } from '../../src/domain/state/sequence-state';
import {
  type ArtefactParts,
  decodeArtefact,
  encodeArtefact,
  encoderVersion,
  type ModelCard,
} from '../../src/serde/model-artefact';
import { toStoredSettings } from '../../src/serde/stored-settings';
import { UpdateCodec } from '../../src/serde/update-codec';
import { randomPast } from '../support/events';
import { randomWeights, SHAPES, TINY_SHAPE } from '../support/examples';
import { artefactOf, HAND_SETTINGS, handWeights } from '../support/hand-model';

const SETTINGS: ModelSettings = {
  window: 16,
  typicalOrderMinor: 5000,
  orderValue: { meanMinor: 5200.5, weight: 1.25 },
  margin: 1,
  discountRate: 0,
  tierCuts: [20, 80.5, 200],
};
const BTYD_MODEL: BtydModel = {
  paretoNbd: { r: 0.5533, alpha: 74.05, s: 0.6062, beta: 81.68 },
  networkShares: [0, 0.5, 0.5, 0.5],
  level: 1.02,
  value: { prior: { meanMinor: 4800.5, weight: 0.4 }, networkShare: 0.7 },
  calibration: { dispersion: [1, 1.2, 0.9, 0.6], logSpendSigma: [1, 0.8, 0.9, 1.1], erlangShape: [1, 1, 1.25, 10] },
};
const STORED_BTYD_MODEL = toStoredSettings({ ...SETTINGS, structure: BTYD_MODEL }).structure!;
const withBtydModel = (header: object, change: object) => ({
  ...header,
  settings: { ...SETTINGS, structure: { ...STORED_BTYD_MODEL, ...change } },
});
const CARD: ModelCard = {
  createdBy: 'test',
  trainedOn: 'nothing',
  examples: 0,
  loss: null,
  seed: 1,
  createdAtMs: null,
  parent: null,
};
const PREFIX = 12;
const DIGEST = 32;

const parts = (): ArtefactParts => ({
  weights: randomWeights(TINY_SHAPE, mulberry32(7)),
  settings: SETTINGS,
  card: CARD,
});

function reasonOf(bytes: Uint8Array): string {
  const decoded = decodeArtefact(bytes, sha256);
  return decoded.ok ? 'ok' : decoded.reason;
}

/** Changes bytes and signs them again, as another program would that writes something else. */
function resigned(bytes: Uint8Array, change: (content: Uint8Array) => Uint8Array): Uint8Array {
  const content = change(bytes.slice(0, -DIGEST));
  return Buffer.concat([content, Buffer.from(sha256(content), 'hex')]);
}

/** The artefact with its header changed. */
function withHeader(change: (header: Record<string, never>) => unknown): Uint8Array {
  return resigned(encodeArtefact(parts(), sha256), (content) => {
    const length = Buffer.from(content).readUInt32LE(8);
    const header = JSON.parse(Buffer.from(content.subarray(PREFIX, PREFIX + length)).toString());
    const json = Buffer.from(JSON.stringify(change(header)));
    const prefix = Buffer.from(content.subarray(0, PREFIX));
    prefix.writeUInt32LE(json.length, 8);
    return Buffer.concat([prefix, json, content.subarray(PREFIX + length)]);
  });
}

describe('model artefact', () => {
  test.each(SHAPES)('%s: what was encoded comes back, bit by bit', (_name, shape) => {
    const given = { ...parts(), weights: randomWeights(shape, mulberry32(7)) };
    const decoded = decodeArtefact(encodeArtefact(given, sha256), sha256);
    if (!decoded.ok) throw new Error(decoded.reason);
    for (const name of WEIGHT_TENSORS) expect(decoded.model.weights[name]).toEqualNumbers(given.weights[name]);
    expect(decoded.model.weights.shape).toEqual(shape);
    expect(decoded.model.settings).toEqual(SETTINGS);
    expect(decoded.card).toEqual(CARD);
    expect(decoded.model.encoderVersion).toBe(encoderVersion(given.weights, SETTINGS, sha256));
  });

  test('the same content gives the same bytes and version; the version is in the digest', () => {
    const bytes = encodeArtefact(parts(), sha256);
    expect(encodeArtefact(parts(), sha256)).toEqual(bytes);
    const decoded = decodeArtefact(bytes, sha256);
    const digest = Buffer.from(bytes.subarray(-DIGEST)).toString('hex');
    expect(decoded).toMatchObject({ ok: true, model: { version: `m-${digest.slice(0, 12)}` } });
  });

  test('the BTYD model comes back, changes the version and not the encoder version', () => {
    const plain = decodeArtefact(encodeArtefact(parts(), sha256), sha256);
    const given = { ...parts(), settings: { ...SETTINGS, structure: BTYD_MODEL } };
    const decoded = decodeArtefact(encodeArtefact(given, sha256), sha256);
    if (!decoded.ok || !plain.ok) throw new Error('refused');
    expect(decoded.model.settings.structure).toEqual(BTYD_MODEL);
    expect(plain.model.settings.structure).toBeUndefined();
    expect(decoded.model.version).not.toBe(plain.model.version);
    expect(decoded.model.encoderVersion).toBe(plain.model.encoderVersion);
  });

  test('the currency comes back, changes the version and not the encoder version; without one nothing is said', () => {
    const currency = { code: 'JPY', minorPerMajor: 1 };
    const [plain, yen] = [SETTINGS, { ...SETTINGS, currency }].map((settings) => {
      const decoded = decodeArtefact(encodeArtefact({ ...parts(), settings }, sha256), sha256);
      if (!decoded.ok) throw new Error(decoded.reason);
      return decoded.model;
    });
    expect(yen!.settings.currency).toEqual(currency);
    expect(plain!.settings.currency).toBeUndefined();
    expect(yen!.version).not.toBe(plain!.version);
    expect(yen!.encoderVersion).toBe(plain!.encoderVersion);
  });

  test('factors by order segment come back, in a format that versions without them refuse by name', () => {
    const segmentFactors = [1, 0.8, 1.1, 1.3];
    const settings = { ...SETTINGS, structure: { ...BTYD_MODEL, segmentFactors } };
    const bytes = encodeArtefact({ ...parts(), settings }, sha256);
    expect(decodeArtefact(bytes, sha256)).toMatchObject({
      ok: true,
      model: { settings: { structure: { segmentFactors } } },
    });
    const formatOf = (artefact: Uint8Array) => artefact[4]! + 256 * artefact[5]!;
    expect(formatOf(bytes)).toBe(2);
    expect(formatOf(encodeArtefact({ ...parts(), settings: { ...SETTINGS, structure: BTYD_MODEL } }, sha256))).toBe(1);
  });

  test.each(['float16', 'int8'] as const)('in %s it is another model, checked like any', (dtype) => {
    const bytes = encodeArtefact(parts(), sha256, dtype);
    expect(encodeArtefact(parts(), sha256, dtype)).toEqual(bytes);
    expect(bytes.length).toBeLessThan(encodeArtefact(parts(), sha256).length);
    const small = decodeArtefact(bytes, sha256);
    const full = decodeArtefact(encodeArtefact(parts(), sha256), sha256);
    if (!small.ok || !full.ok) throw new Error('refused');
    expect(small.tensors[0]).toMatchObject({ name: 'inputKernel', dtype });
    expect(small.model.version).not.toBe(full.model.version);
    expect(small.model.encoderVersion).toBe(encoderVersion(small.model.weights, SETTINGS, sha256));
    expect(small.model.encoderVersion).not.toBe(full.model.encoderVersion);
    for (const name of WEIGHT_TENSORS) {
      const most = Math.max(...parts().weights[name].map(Math.abs));
      small.model.weights[name].forEach((value, i) => {
        expect(Math.abs(value - parts().weights[name][i]!)).toBeLessThanOrEqual(most / 250);
      });
    }
    const cut = resigned(bytes, (content) => Buffer.from(content.subarray(0, content.length - 1)));
    expect(reasonOf(cut)).toBe('wrong-size');
    // The last bytes are the curve, before it the output bias: the golden example sees that one.
    const wide = dtype === 'int8' ? 4 : 2;
    const changed = resigned(bytes, (content) =>
      Buffer.from(content).fill(0x40, content.length - 2 * wide, content.length - wide),
    );
    expect(reasonOf(changed)).toBe('golden-mismatch');
  });

  test('a weight too large for float16 is refused', () => {
    const { weights, ...rest } = parts();
    const large = { ...weights, outputBias: weights.outputBias.map(() => 1e6) };
    expect(reasonOf(encodeArtefact({ ...rest, weights: large }, sha256))).toBe('ok');
    expect(reasonOf(encodeArtefact({ ...rest, weights: large }, sha256, 'float16'))).toBe('not-finite');
  });

  test('is read from the middle of another buffer', () => {
    const bytes = encodeArtefact(parts(), sha256);
    const inside = Buffer.concat([Buffer.from([1, 2, 3]), bytes, Buffer.from([4])]).subarray(3, 3 + bytes.length);
    expect(reasonOf(inside)).toBe('ok');
  });

  test('heads do not change the encoder version; encoder, window and scale of money do', () => {
    const { weights } = parts();
    const version = encoderVersion(weights, SETTINGS, sha256);
    expect(version).toMatch(/^e-[0-9a-f]{8}$/);
    const heads = { ...weights, outputBias: weights.outputBias.map((w) => w + 1) };
    expect(encoderVersion(heads, { ...SETTINGS, margin: 0.5 }, sha256)).toBe(version);
    const encoder = { ...weights, bias: weights.bias.map((w) => w + 1) };
    expect(encoderVersion(encoder, SETTINGS, sha256)).not.toBe(version);
    expect(encoderVersion(weights, { ...SETTINGS, window: 8 }, sha256)).not.toBe(version);
    expect(encoderVersion(weights, { ...SETTINGS, typicalOrderMinor: 1 }, sha256)).not.toBe(version);
  });

  test('the same numbers in another cell are another encoder', () => {
    const { weights } = parts();
    const versions = CELLS.flatMap((cell) =>
      [false, true].map((attention) =>
        encoderVersion({ ...weights, shape: { ...TINY_SHAPE, cell, attention } }, SETTINGS, sha256),
      ),
    );
    expect(new Set(versions).size).toBe(versions.length);
  });

  test('a header that says nothing of cell, layers and attention means one LSTM layer: as the first artefacts have it', () => {
    const bytes = encodeArtefact(parts(), sha256);
    const named = withHeader((header) => ({
      ...header,
      shape: { ...TINY_SHAPE, cell: 'lstm', layers: 1, attention: false },
    }));
    const [short, long] = [bytes, named].map((each) => decodeArtefact(each, sha256));
    if (!short?.ok || !long?.ok) throw new Error('refused');
    expect(Buffer.from(bytes).toString('latin1')).not.toContain('lstm');
    expect(long.model.weights).toEqual(short.model.weights);
    expect(long.model.encoderVersion).toBe(short.model.encoderVersion);
  });

  test('any flipped byte is refused', () => {
    const bytes = encodeArtefact(parts(), sha256);
    for (let at = 0; at < bytes.length; at += 7) {
      const flipped = bytes.slice();
      flipped[at]! ^= 0x10;
      // Bytes 6 and 7 are covered by the digest only.
      const expected = at < 4 ? 'not-an-artefact' : at < 6 ? 'unknown-format' : 'corrupt';
      expect([at, reasonOf(flipped)]).toEqual([at, expected]);
    }
  });

  test('any cut is refused', () => {
    const bytes = encodeArtefact(parts(), sha256);
    for (const length of [0, 3, 11, PREFIX + DIGEST - 1]) {
      expect(reasonOf(bytes.subarray(0, length))).toBe('not-an-artefact');
    }
    for (const length of [PREFIX + DIGEST, 500, bytes.length - 1]) {
      expect(reasonOf(bytes.subarray(0, length))).toBe('corrupt');
    }
    expect(reasonOf(Buffer.concat([bytes, Buffer.from([0])]))).toBe('corrupt');
  });

  test.each([
    ['unknown-format', (content: Uint8Array) => Buffer.from(content).fill(9, 4, 5)],
    ['bad-header', (content: Uint8Array) => Buffer.from(content).fill(0x7d, PREFIX, PREFIX + 1)],
    ['bad-header', (content: Uint8Array) => Buffer.from(content).fill(0xff, 8, 12)],
    ['wrong-size', (content: Uint8Array) => Buffer.from(content.subarray(0, content.length - 4))],
    ['wrong-size', (content: Uint8Array) => Buffer.concat([content, Buffer.alloc(4)])],
    // The last tensor is the curve, which no output shows: only its being a number can be told.
    ['not-finite', (content: Uint8Array) => Buffer.from(content).fill(0xff, content.length - 4)],
    [
      'golden-mismatch',
      (content: Uint8Array) => Buffer.from(content).fill(0x40, content.length - 8, content.length - 4),
    ],
  ] as const)('well signed but %s', (reason, change) => {
    expect(reasonOf(resigned(encodeArtefact(parts(), sha256), change))).toBe(reason);
  });

  test.each([
    ['other-features', (header: object) => ({ ...header, features: 'step3-summary4-v9' })],
    ['other-features', (header: object) => ({ ...header, shape: { ...TINY_SHAPE, stepFeatures: 3 } })],
    ['wrong-size', (header: object) => ({ ...header, shape: { ...TINY_SHAPE, units: 5 } })],
    ['wrong-size', (header: object) => ({ ...header, tensors: [] })],
    ['wrong-size', (header: object) => ({ ...header, tensors: new Array(8).fill(null) })],
    ['bad-header', (header: object) => ({ ...header, shape: { ...TINY_SHAPE, units: -1 } })],
    ['bad-header', (header: object) => ({ ...header, shape: { ...TINY_SHAPE, units: 1e9 } })],
    ['bad-header', (header: object) => ({ ...header, shape: { ...TINY_SHAPE, cell: 'transformer' } })],
    ['bad-header', (header: object) => ({ ...header, shape: { ...TINY_SHAPE, layers: 4 } })],
    ['bad-header', (header: object) => ({ ...header, shape: { ...TINY_SHAPE, attention: 1 } })],
    ['wrong-size', (header: object) => ({ ...header, shape: { ...TINY_SHAPE, cell: 'gru' } })],
    ['wrong-size', (header: object) => ({ ...header, shape: { ...TINY_SHAPE, layers: 2 } })],
    ['bad-header', (header: object) => ({ ...header, settings: undefined })],
    ['bad-header', (header: object) => ({ ...header, golden: null })],
    ['bad-header', (header: object) => ({ ...header, encoderVersion: 'e-00000000' })],
    ['bad-header', () => []],
    ['bad-header', () => null],
    ['not-finite', (header: object) => ({ ...header, settings: { ...SETTINGS, margin: Number.NaN } })],
    ['not-finite', (header: object) => ({ ...header, settings: { ...SETTINGS, window: 0 } })],
    ['not-finite', (header: object) => withBtydModel(header, { level: Number.NaN })],
    ['not-finite', (header: object) => withBtydModel(header, { level: 0 })],
    ['not-finite', (header: object) => withBtydModel(header, { networkShares: [0.5, 0.5] })],
    ['not-finite', (header: object) => withBtydModel(header, { networkShares: [0, 0.5, 0.5, 1.5] })],
    ['not-finite', (header: object) => withBtydModel(header, { networkShares: null })],
    ['not-finite', (header: object) => withBtydModel(header, { paretoNbd: { r: 1, alpha: 1, s: -1, beta: 1 } })],
    ['not-finite', (header: object) => withBtydModel(header, { paretoNbd: null })],
    ['not-finite', (header: object) => withBtydModel(header, { segmentFactors: null })],
    ['not-finite', (header: object) => withBtydModel(header, { segmentFactors: [1, 1, 1] })],
    ['not-finite', (header: object) => withBtydModel(header, { segmentFactors: [1, 0, 1, 1] })],
    ['not-finite', (header: object) => withBtydModel(header, { value: { ...BTYD_MODEL.value, networkShare: -0.1 } })],
    ['not-finite', (header: object) => withBtydModel(header, { value: { networkShare: 0.5 } })],
    ['not-finite', (header: object) => withBtydModel(header, { calibration: { dispersion: [1, 1, 1, 1] } })],
    [
      'not-finite',
      (header: object) => withBtydModel(header, { calibration: { dispersion: [1, 1, 1, 1], spread: [1, 0, 1, 1] } }),
    ],
    ...[[1, 1, 1], [1, 1, 0.9, 1], [1, 1, 1, 11], null].map(
      (regularity) =>
        [
          'not-finite',
          (header: object) => withBtydModel(header, { calibration: { ...STORED_BTYD_MODEL.calibration, regularity } }),
        ] as const,
    ),
    ['not-finite', (header: object) => ({ ...header, settings: { ...SETTINGS, structure: null } })],
    [
      'golden-mismatch',
      (header: object) => ({ ...header, golden: { steps: 1, sequence: [], summary: [], outputs: [] } }),
    ],
  ] as const)('a header that is %s', (reason, change) => {
    expect(reasonOf(withHeader(change as (header: Record<string, never>) => unknown))).toBe(reason);
  });

  test.each<[string, Partial<ModelSettings>, RegExp]>([
    ['a negative discount', { discountRate: -1 }, /setting discountRate is -1, expected 0 to 10/],
    ['a negative margin', { margin: -3 }, /setting margin is -3, expected 0 to 1/],
    ['a margin above all revenue', { margin: 1.5 }, /margin is 1.5/],
    ['a huge discount', { discountRate: 1e308 }, /discountRate is 1e\+308/],
    ['falling tier cuts', { tierCuts: [200, 80, 20] }, /tierCuts is \[200,80,20\], expected cuts that do not fall/],
    ['a negative tier cut', { tierCuts: [-1, 80, 200] }, /tierCuts\[0\] is -1/],
    ['a huge tier cut', { tierCuts: [1, 2, 1e308] }, /tierCuts\[2\]/],
    ['a negative weight of the prior', { orderValue: { meanMinor: 5000, weight: -1 } }, /orderValue.weight is -1/],
    ['no weight of the prior', { orderValue: { meanMinor: 5000, weight: 0 } }, /orderValue.weight is 0/],
    ['a huge prior', { orderValue: { meanMinor: 1e308, weight: 1 } }, /orderValue.meanMinor/],
    ['a negative prior', { orderValue: { meanMinor: -5, weight: 1 } }, /orderValue.meanMinor is -5/],
    ['a huge typical order', { typicalOrderMinor: 1e308 }, /typicalOrderMinor/],
    ['a window of a part of an event', { window: 2.5 }, /window is 2.5, expected a whole number/],
    ['a window larger than a state', { window: 1e9 }, /window is 1000000000, expected 1 to 10000/],
    ['a huge factor on log-spend sigma', { logSpendSigmaFactors: [1, 1, 1, 1e9] }, /spreadFactors\[3\]/],
    ['another form of currency', { currency: { code: 'eur', minorPerMajor: 100 } }, /setting currency is .*eur/],
    ['no minor units', { currency: { code: 'EUR', minorPerMajor: 7 } }, /setting currency/],
    ['a huge level', { structure: { ...BTYD_MODEL, level: 1e308 } }, /structure.level/],
    [
      'a huge segment factor',
      { structure: { ...BTYD_MODEL, segmentFactors: [1, 1, 1, 1e9] } },
      /structure.segmentFactors\[3\]/,
    ],
    [
      'a huge parameter',
      { structure: { ...BTYD_MODEL, paretoNbd: { r: 1e300, alpha: 1, s: 1, beta: 1 } } },
      /paretoNbd.r/,
    ],
  ])('%s is refused with the setting, its value and its range', (_, change, detail) => {
    const bytes = encodeArtefact({ ...parts(), settings: { ...SETTINGS, ...change } }, sha256);
    const decoded = decodeArtefact(bytes, sha256);
    expect(decoded).toMatchObject({ ok: false, reason: 'bad-setting', detail: expect.stringMatching(detail) });
  });

  test('a weight that would overflow between the layers is refused with its tensor', () => {
    const { weights, ...rest } = parts();
    const large = { ...weights, headKernel: weights.headKernel.map((w, i) => (i === 3 ? 1e30 : w)) };
    const decoded = decodeArtefact(encodeArtefact({ ...rest, weights: large }, sha256), sha256);
    expect(decoded).toMatchObject({ ok: false, reason: 'bad-setting', detail: expect.stringMatching(/headKernel/) });
  });

  test('law: a model at any corner of the bounds publishes finite numbers only', () => {
    const corners: Partial<ModelSettings>[] = [
      ...[0, 10].map((discountRate) => ({ discountRate })),
      ...[1e-9, 1e14].map((typicalOrderMinor) => ({ typicalOrderMinor })),
      ...[0, 1e14].flatMap((meanMinor) => [1e-9, 1e12].map((weight) => ({ orderValue: { meanMinor, weight } }))),
      ...[1e-3, 1e3].map((factor) => ({ logSpendSigmaFactors: [factor, factor, factor, factor] })),
      ...[1e-3, 1e3].map((level) => ({ structure: { ...BTYD_MODEL, level } })),
      ...[1e-9, 1e12].flatMap((a) =>
        [1e-9, 1e12].map((b) => ({ structure: { ...BTYD_MODEL, paretoNbd: { r: a, alpha: b, s: a, beta: b } } })),
      ),
    ];
    const codec = new UpdateCodec();
    for (const corner of corners) {
      const decoded = decodeArtefact(artefactOf(handWeights(), { ...HAND_SETTINGS, ...corner }), sha256);
      if (!decoded.ok) throw new Error(`${JSON.stringify(corner)}: ${decoded.reason} ${decoded.detail}`);
      const scorer = new Scorer(decoded.model, 100);
      const state = emptyState(decoded.model.weights.shape.units);
      for (const { event, position } of randomPast(mulberry32(5), 30)) {
        const rescored = scorer.fold(state, event, position);
        if (rescored === null) continue;
        const money = { currency: 'EUR', minorPerMajor: 100 };
        const update = updateOf(
          scorer,
          { customerId: 'c', state, rescored, source: position, trigger: 'event' },
          money,
        );
        try {
          codec.encode(update);
        } catch (error) {
          throw new Error(`${JSON.stringify(corner)}: ${error}`);
        }
      }
    }
  });
});
