import { systemClock } from '../../src/adapters/system/clock';
import { sha256 } from '../../src/adapters/system/digest';
import { firstModel, openArtefact } from '../../src/cli/compose/first-model';
import { mulberry32 } from '../../src/domain/math/random';
import { encodeArtefact } from '../../src/serde/model-artefact';
import type { Deployment } from '../support/deployment';

/** Publishes a perturbed model every few seconds: in turns the heads only, and the encoder too, so that states are re-encoded. */
export async function publishModels(
  deployment: Deployment,
  everyMs: number,
  seed: number,
  signal: AbortSignal,
  published: (version: string) => void,
): Promise<void> {
  const random = mulberry32(seed);
  const registry = deployment.platform.registry();
  const first = firstModel(deployment.settings);
  for (let count = 1; !signal.aborted; count++) {
    await systemClock.sleep(everyMs, signal);
    if (signal.aborted) return;
    const tensor = count % 2 === 0 ? 'bias' : 'outputBias';
    const shift = 0.02 * (random() - 0.5);
    const artefact = encodeArtefact(
      {
        weights: { ...first.weights, [tensor]: first.weights[tensor].map((value) => value + shift) },
        settings: first.settings,
        card: {
          createdBy: 'chaos',
          trainedOn: 'nothing',
          examples: 0,
          loss: null,
          seed,
          createdAtMs: null,
          parent: first.version,
        },
      },
      sha256,
    );
    const opened = openArtefact(artefact);
    if (!opened.ok) throw new Error(opened.reason);
    const { version } = opened.model;
    try {
      await registry.publish({ version, artefact, announcedAtMs: Date.now(), note: 'chaos' });
      published(version);
    } catch {
      // The log is away: the next one comes anyway.
    }
  }
}
