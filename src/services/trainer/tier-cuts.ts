import { quantileOf } from '../../domain/math/quantile';
import type { ModelSettings } from '../../domain/scoring/model';
import type { Scorer } from '../../domain/scoring/scorer';
import { TIER_SHARES } from '../../domain/scoring/tiers';
import { decodeState } from '../../serde/state-blob';
import type { MaturedOrigin } from './matured-origin';

/** Minimum number of origins. With fewer, the cuts stay as they are. */
const MIN_ORIGINS = 200;
/** The cuts are computed from at most this many of the newest origins. */
const MAX_ORIGINS = 1000;

/** Tier cuts from the CLV that this scorer gives the newest training origins, major units. */
export function refitTierCuts(scorer: Scorer, origins: readonly MaturedOrigin[]): ModelSettings['tierCuts'] {
  if (origins.length < MIN_ORIGINS) return scorer.model.settings.tierCuts;
  const newest = [...origins].sort((a, b) => b.origin.atS - a.origin.atS).slice(0, MAX_ORIGINS);
  const values = newest
    .map(({ origin }) => scorer.clv(scorer.read(decodeState(origin.snapshot), origin.atS), 365))
    .sort((a, b) => a - b);
  const [bronze, silver, gold] = TIER_SHARES;
  return [quantileOf(values, bronze), quantileOf(values, silver), quantileOf(values, gold)];
}
