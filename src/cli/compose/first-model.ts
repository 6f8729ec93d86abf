import { sha256 } from '../../adapters/system/digest';
import type { Settings } from '../../config/table';
import type { Model } from '../../domain/scoring/model';
import type { OpenArtefact } from '../../domain/scoring/served-model';
import { decodeArtefact, refusalText } from '../../serde/model-artefact';
import { firstArtefact } from '../platform/platform';

export const openArtefact: OpenArtefact = (artefact) => {
  const decoded = decodeArtefact(artefact, sha256);
  return decoded.ok ? decoded : { ok: false, reason: refusalText(decoded) };
};

/** The model that a deployment starts from. Throws if the file is not an artefact that this version can use. */
export function firstModel(settings: Settings): Model {
  const opened = openArtefact(firstArtefact(settings));
  if (!opened.ok) {
    const next =
      opened.reason === 'other-features' ? '; it is of another release: train it again with clv-stream fit' : '';
    throw new Error(
      `the model ${settings.CLV_MODEL ?? 'shipped with the program'} is refused: ${opened.reason}${next}`,
    );
  }
  return opened.model;
}
