import { sha256 } from '../../adapters/system/digest';
import type { Settings } from '../../config/table';
import { currencyOf } from '../../domain/currency';
import { currencyFault, type Model } from '../../domain/scoring/model';
import type { OpenArtefact } from '../../domain/scoring/served-model';
import type { Observer } from '../../ports/observer';
import { decodeArtefact, refusalText } from '../../serde/model-artefact';
import { firstArtefact } from '../platform/platform';

/** Opens a model of any currency, to look at it. */
export const openArtefact: OpenArtefact = (artefact) => {
  const decoded = decodeArtefact(artefact, sha256);
  return decoded.ok ? decoded : { ok: false, reason: refusalText(decoded) };
};

/** Opens the models that can serve a deployment: those of its currency. */
export function servableArtefact({ CLV_CURRENCY }: Pick<Settings, 'CLV_CURRENCY'>): OpenArtefact {
  const currency = currencyOf(CLV_CURRENCY);
  return (artefact) => {
    const opened = openArtefact(artefact);
    const fault = opened.ok ? currencyFault(opened.model.settings, currency) : null;
    return fault === null ? opened : { ok: false, reason: fault };
  };
}

/** The model that a deployment starts from. Throws if the file is not an artefact that this version and this deployment can use. */
export function firstModel(settings: Settings): Model {
  const opened = servableArtefact(settings)(firstArtefact(settings));
  if (!opened.ok) {
    throw new Error(`the model ${settings.CLV_MODEL ?? 'shipped with the program'} is refused: ${opened.reason}`);
  }
  return opened.model;
}

/** One sentence if a model says no currency. Null if it says one. */
export function withoutCurrency({ version, settings }: Model, currency: string): string | null {
  if (settings.currency !== undefined) return null;
  return `model ${version} does not say its currency (an earlier version made it): its amounts are taken for ${currency}`;
}

/** One sentence if `fit` did not recommend the model of an artefact. Null if it did, or if nothing judged it. */
export function withoutRecommendation(artefact: Uint8Array): string | null {
  const decoded = decodeArtefact(artefact, sha256);
  if (!decoded.ok || decoded.card.notRecommended === undefined) return null;
  return `model ${decoded.model.version} is not recommended: ${decoded.card.notRecommended}`;
}

/** Says what is missing in the model that CLV_MODEL names. The shipped weights have no currency: their scale is fitted to the shop. */
export function noteFirstModel(model: Model, settings: Settings, observer: Pick<Observer, 'notice'>): void {
  if (settings.CLV_MODEL === null) return;
  const unsaid = withoutCurrency(model, settings.CLV_CURRENCY);
  if (unsaid !== null) observer.notice('info', unsaid);
  const objection = withoutRecommendation(firstArtefact(settings));
  if (objection !== null) observer.notice('warn', objection);
}
