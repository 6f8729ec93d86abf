import type { Model } from '../../../src/domain/scoring/model';
import { ServedModel } from '../../../src/domain/scoring/served-model';
import { HAND_SETTINGS, handWeights } from '../../support/hand-model';

const named = (version: string): Model => ({
  version,
  encoderVersion: version,
  weights: handWeights(),
  settings: HAND_SETTINGS,
});
const bytes = (text: string) => new TextEncoder().encode(text);

describe('the model in force', () => {
  const opened: string[] = [];
  const open = (artefact: Uint8Array) => {
    const text = new TextDecoder().decode(artefact);
    opened.push(text);
    return text === 'broken' ? { ok: false as const, reason: 'bad-digest' } : { ok: true as const, model: named(text) };
  };

  test('is replaced by a model that opens, stays if one is refused, and is not opened again', () => {
    const served = new ServedModel(named('a'), open, 100);
    const first = served.scorer;
    expect(served.swap({ version: 'a', artefact: bytes('a') })).toEqual({ type: 'same' });
    expect(served.swap({ version: 'x', artefact: bytes('broken') })).toEqual({ type: 'refused', reason: 'bad-digest' });
    expect(served.scorer).toBe(first);
    expect(served.swap({ version: 'b', artefact: bytes('b') })).toEqual({ type: 'swapped' });
    expect(served.scorer).not.toBe(first);
    expect(served.scorer.model.version).toBe('b');
    expect(opened).toEqual(['broken', 'b']);
  });
});
