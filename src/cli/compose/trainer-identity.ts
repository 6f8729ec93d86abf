import { sha256 } from '../../adapters/system/digest';
import type { Topics } from '../platform/platform';

/** What decides which labels and models come from the topics. */
export interface TrainerIdentity {
  readonly settings: object;
  readonly seed: number;
  readonly firstArtefact: Uint8Array;
}

/** The first digits are enough to tell two apart. */
const DIGITS = 12;

/**
 * In words, what all trainers of a deployment that share the label work have in common. The consumer group gives nothing to one that differs
 * from its leader: each partition would have labels by the settings of whoever owns it.
 */
export function trainersInWords(
  { inputs, training }: Pick<Topics, 'inputs' | 'training'>,
  { settings, seed, firstArtefact }: TrainerIdentity,
): string {
  const digest = (bytes: Uint8Array) => sha256(bytes).slice(0, DIGITS);
  const given = JSON.stringify({ settings, seed }, byName);
  const topics = `topics ${inputs.join(', ')} to ${training?.examples} and ${training?.learning}`;
  return `${topics}, training settings ${digest(new TextEncoder().encode(given))}, first model ${digest(firstArtefact)}`;
}

/** For JSON.stringify: fields in the order of their names. */
function byName(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
