import type { BtydModel } from '../domain/btyd/btyd-model';
import type { ModelSettings } from '../domain/scoring/model';
import { fromStored, SHAPE_NAMES, toStored } from './stored-names';

/* A model's settings with the keys of the artefact's header. The model card and the JSON of `fit` and `model show` have the same keys. */

interface StoredCalibration {
  readonly dispersion: readonly number[];
  readonly spread: readonly number[];
  readonly regularity?: readonly number[];
}

export interface StoredBtydModel extends Omit<BtydModel, 'calibration'> {
  readonly calibration?: StoredCalibration;
}

export interface StoredSettings extends Omit<ModelSettings, 'structure' | 'logSpendSigmaFactors'> {
  readonly structure?: StoredBtydModel;
  readonly spreadFactors?: readonly number[];
}

const SETTINGS = { logSpendSigmaFactors: 'spreadFactors' };

export function toStoredSettings(settings: ModelSettings): StoredSettings {
  return renamed(settings, toStored) as unknown as StoredSettings;
}

/** The settings must be valid. */
export function fromStoredSettings(stored: StoredSettings): ModelSettings {
  return renamed(stored, fromStored) as unknown as ModelSettings;
}

/** Renames the settings' own keys and those of the calibration. The order of the keys stays. */
function renamed(settings: ModelSettings | StoredSettings, rename: typeof toStored): Record<string, unknown> {
  const result = rename(settings, SETTINGS);
  const { structure } = settings;
  if (structure?.calibration === undefined) return result;
  return { ...result, structure: { ...structure, calibration: rename(structure.calibration, SHAPE_NAMES) } };
}
