import { sha256 } from '../../src/adapters/system/digest';
import { firstModel, openArtefact } from '../../src/cli/compose/first-model';
import type { Settings } from '../../src/config/table';
import { mulberry32 } from '../../src/domain/math/random';
import type { ModelAnnouncement } from '../../src/ports/model-registry';
import { encodeArtefact } from '../../src/serde/model-artefact';

/**
 * Announcements of models that differ a little from the first one of a deployment: every other one in the heads only, the rest in the encoder
 * too, so that states are encoded again.
 */
export function nearbyModels(settings: Settings, count: number, seed: number): ModelAnnouncement[] {
  const random = mulberry32(seed);
  const first = firstModel(settings);
  return Array.from({ length: count }, (_, i) => {
    const tensor = i % 2 === 0 ? 'bias' : 'outputBias';
    const shift = 0.02 * (random() - 0.5);
    const weights = { ...first.weights, [tensor]: first.weights[tensor].map((value) => value + shift) };
    const origin = { createdBy: 'soak', trainedOn: 'nothing', examples: 0, loss: null, seed, createdAtMs: null };
    const card = { ...origin, parent: first.version };
    const artefact = encodeArtefact({ weights, settings: first.settings, card }, sha256);
    const opened = openArtefact(artefact);
    if (!opened.ok) throw new Error(opened.reason);
    return { version: opened.model.version, artefact, announcedAtMs: 0, note: 'soak' };
  });
}
