import type { BackfillMark } from '../domain/labels/time-front';

/** Header of a record that a back-fill has written. A record without it is live. */
export const BACKFILL_HEADER = 'clv-backfill';

export function encodeBackfillMark(mark: BackfillMark): Record<string, string> {
  return { [BACKFILL_HEADER]: mark };
}

/** null for a live record. An unknown mark promises nothing about what follows. */
export function decodeBackfillMark(headers: Readonly<Record<string, string>> | undefined): BackfillMark | null {
  const mark = headers?.[BACKFILL_HEADER];
  if (mark === undefined) return null;
  return mark === 'more' ? 'more' : 'last';
}
