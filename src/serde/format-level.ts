/**
 * Format levels of stored state. Each stored partition has one. A scorer writes at its partition's level and reads every level. So two
 * versions of the program can run side by side, and a roll-back is possible until an operator raises the level (`state upgrade`).
 *
 * | level | state blob | outbox blob |
 * |-------|------------|-------------|
 * | 1     | version 5  | version 1   |
 * | 2     | version 6  | version 2   | both end with a checksum
 * | 3     | version 7  | version 2   | the state has the customer's value tier
 *
 * From level 3 on, updates name the cuts of their tier. They then have a schema id of their own, which the version before does not read.
 */
export const OLDEST_FORMAT = 1;
export const CHECKED_FORMAT = 2;
export const TIERED_FORMAT = 3;
export const NEWEST_FORMAT = TIERED_FORMAT;

/** The level is unknown: another version of the program stored it, or it is damaged. */
export class FormatLevelError extends Error {
  readonly code = 'format-level';
  override readonly name = 'FormatLevelError';
}

/** Parses a stored level. If absent, it is level 1. Throws {@link FormatLevelError}. */
export function parseFormat(stored: string | number | null | undefined, subject: string): number {
  if (stored === null || stored === undefined) return OLDEST_FORMAT;
  const level = typeof stored === 'number' || /^\d+$/.test(stored) ? Number(stored) : Number.NaN;
  if (Number.isInteger(level) && level >= OLDEST_FORMAT && level <= NEWEST_FORMAT) return level;
  throw new FormatLevelError(
    `${subject} has format level ${stored}, this program reads ${OLDEST_FORMAT} to ${NEWEST_FORMAT}: start the version that wrote it, and see docs/upgrade.md`,
  );
}
