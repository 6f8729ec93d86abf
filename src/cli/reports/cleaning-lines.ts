import type { CustomerEvent } from '../../domain/event';
import { CLEANINGS, type Cleaning, MOST_DWELL_S, MOST_ITEMS, MOST_TYPICAL_ORDERS } from '../../domain/state/cleaning';
import { type CleaningCounts, CleaningTally } from '../../domain/state/cleaning-tally';
import { countOf } from '../../domain/wording';

/** What is counted, and what becomes of it. */
const MEANING: Readonly<Record<Cleaning, readonly [one: string, meaning: string]>> = {
  'cancelled-order': ['order', 'cancelled: left out of order values and counts'],
  'voided-order': ['order', 'returned in full within a day, treated as cancelled: left out of order values and counts'],
  'outlying-amount': ['amount', `above ${MOST_TYPICAL_ORDERS} median orders, counted as ${MOST_TYPICAL_ORDERS}`],
  'outlying-items': ['order', `of more than ${MOST_ITEMS} items, counted as ${MOST_ITEMS}`],
  'outlying-dwell': ['page', `open for more than ${MOST_DWELL_S} s, counted as ${MOST_DWELL_S} s`],
  'missing-amount': ['order', 'without an amount: counted, not valued'],
  'missing-items': ['order', 'without a number of items'],
  'missing-dwell': ['browse', 'without a dwell time: left out of the mean dwell time'],
  'missing-stars': ['review', 'without stars: left out of the mean stars'],
  'missing-attribute': ['customer', 'with an unknown attribute: no input for it'],
};

/** Counts what needs cleaning in events, which come in the order of event time. */
export function cleanedIn(events: Iterable<CustomerEvent>): CleaningCounts {
  const tally = new CleaningTally();
  for (const event of events) tally.add(event);
  return tally.totals();
}

/** One sentence for each kind of cleaning that occurred. The historic figures of an update are not cleaned. */
export function cleanedSentences(counts: CleaningCounts): string[] {
  return CLEANINGS.filter((what) => counts[what] > 0).map((what) => {
    const [one, meaning] = MEANING[what];
    return `${countOf(counts[what], one)} ${meaning}`;
  });
}

export function cleaningLines(counts: CleaningCounts): string[] {
  return cleanedSentences(counts).map((sentence) => `cleaned: ${sentence}`);
}
