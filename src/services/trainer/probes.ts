import { ATTRIBUTES, type CustomerAttributes, NO_VOCABULARY } from '../../domain/attributes';
import { SECONDS_PER_DAY } from '../../domain/event';
import type { Origin } from '../../domain/labels/origins';
import type { SequenceState } from '../../domain/state/sequence-state';
import { decodeState } from '../../serde/state-blob';
import type { Contender } from './contender';
import type { MaturedOrigin } from './matured-origin';

/** Customers that are asked about, the newest. */
const CUSTOMERS = 100;
/** Factor on the 365-day CLV that a rare input may have beyond the champion's. */
const MOST_FACTOR = 4;
/** Share of the mean CLV that is added on both sides: a factor on next to nothing is harmless. */
const FLOOR = 0.1;
const HORIZON_DAYS = 365;
const UNKNOWN: CustomerAttributes = { ageBand: null, region: null, channel: null };

/**
 * Asks both models about valid inputs that labels may not have shown: each attribute value that the challenger knows, for each of some
 * customers, and a year of silence. What it makes of the customers as they are is for the labels to judge. Returns the input to which the
 * challenger reacts far more strongly than the champion, or null.
 */
export function exaggeration(
  champion: Contender,
  challenger: Contender,
  origins: readonly MaturedOrigin[],
): string | null {
  const { attributes = NO_VOCABULARY } = challenger.model.settings;
  const newest = [...origins].sort((a, b) => b.origin.atS - a.origin.atS).slice(0, CUSTOMERS);
  const asTheyAre = [champion, challenger].map((model) => newest.map(({ origin }) => clvOf(model, origin, 0, null)));
  const floors = asTheyAre.map((values) => (FLOOR * values.reduce((sum, value) => sum + value, 0)) / values.length);
  const probes = [
    { name: 'a year of silence', laterS: HORIZON_DAYS * SECONDS_PER_DAY, own: null },
    ...ATTRIBUTES.flatMap((attribute) =>
      attributes[attribute].map((value) => ({
        name: `${attribute} ${value}`,
        laterS: 0,
        own: { ...UNKNOWN, [attribute]: value },
      })),
    ),
  ];
  for (const { name, laterS, own } of probes) {
    for (const [i, { origin }] of newest.entries()) {
      const [before, after] = [champion, challenger].map((model, m) => {
        const value = clvOf(model, origin, laterS, own);
        return { value, factor: (value + floors[m]!) / (asTheyAre[m]![i]! + floors[m]!) };
      }) as [{ value: number; factor: number }, { value: number; factor: number }];
      if (after.factor <= MOST_FACTOR * Math.max(1, before.factor)) continue;
      return `${name} multiplies a ${HORIZON_DAYS}-day CLV by ${after.factor.toFixed(1)}, to ${after.value.toFixed(2)}`;
    }
  }
  return null;
}

function clvOf(
  { scorer }: Contender,
  { snapshot, atS }: Origin,
  laterS: number,
  own: CustomerAttributes | null,
): number {
  const state = decodeState(snapshot);
  const asked: SequenceState = own === null ? state : { ...state, profile: { attributes: own, offset: 0 } };
  return scorer.clv(scorer.read(asked, atS + laterS), HORIZON_DAYS);
}
