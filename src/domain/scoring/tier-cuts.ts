import type { PublishedValue } from '../state/sequence-state';
import { VALUE_TIERS, type ValueTier } from '../update';
import type { Model } from './model';

/** Cuts of the 365-day CLV between the value tiers. An update names the cuts that decided its tier. */
export interface TierCuts {
  /** Digest of cuts and margin; or the version of the model whose artefact they are part of. */
  readonly version: string;
  /** bronze | silver | gold | platinum, major units. They do not fall. */
  readonly cuts: readonly [number, number, number];
  /** Share of a cut by which a value must pass it before a customer changes tier. */
  readonly margin: number;
}

/** The tier of one update, and what it depends on beside the value. */
export interface TierStep {
  readonly tier: ValueTier;
  /** The tier before. null if none is known. */
  readonly previous: ValueTier | null;
  /** Version of the cuts. Empty below the format level that keeps tiers: then the model's cuts decide, without margin. */
  readonly cuts: string;
}

/** Scores scatter by some percent from event to event. A customer near a cut must not change tier each time. */
export const TIER_MARGIN = 0.05;

/** In force until cuts are released. */
export function modelCuts({ version, settings }: Model): TierCuts {
  return { version, cuts: settings.tierCuts, margin: TIER_MARGIN };
}

/**
 * The tier after a score. Without a previous tier, the cuts alone decide. With one, the customer leaves it only upwards past a cut plus
 * margin, or downwards past a cut less margin. A value at a cut is below it. Multiplication and comparison only, so every machine agrees.
 */
export function tierAfter(previous: ValueTier | null, value: number, { cuts, margin }: TierCuts): ValueTier {
  if (previous === null) return VALUE_TIERS[passed(cuts, 1, value)]!;
  const stay = VALUE_TIERS.indexOf(previous);
  return VALUE_TIERS[Math.min(Math.max(stay, passed(cuts, 1 + margin, value)), passed(cuts, 1 - margin, value))]!;
}

/** Number of cuts, each times `factor`, that the value is above. */
function passed(cuts: TierCuts['cuts'], factor: number, value: number): number {
  let count = 0;
  for (const cut of cuts) if (value > cut * factor) count += 1;
  return count;
}

/** The tier by the cuts of a model's artefact alone, as every version of the program before releases of cuts decided it. */
export function tierOfModel({ settings }: Model, value: number): ValueTier {
  return VALUE_TIERS[settings.tierCuts.filter((cut) => value >= cut).length]!;
}

/** Moves the tier in a state on to its newly published value. `cuts`: null below the format level that keeps tiers. */
export function moveTier(published: PublishedValue, cuts: TierCuts | null, model: Model): TierStep {
  if (cuts === null) {
    published.tier = undefined;
    return { tier: tierOfModel(model, published.value), previous: null, cuts: '' };
  }
  const previous = published.tier ?? null;
  const tier = tierAfter(previous, published.value, cuts);
  published.tier = tier;
  return { tier, previous, cuts: cuts.version };
}

/**
 * Whether the step is news although the score has hardly moved. `before`: what was published last. If that was below the format level that keeps
 * tiers, the model's cuts had decided it.
 */
export function changesTier(before: PublishedValue, { tier, cuts }: TierStep, model: Model): boolean {
  return cuts !== '' && tier !== (before.tier ?? tierOfModel(model, before.value));
}
