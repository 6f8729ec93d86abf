import type { CustomerEvent } from '../../domain/event';
import { CLEANINGS, type Cleaning, MOST_DWELL_S, MOST_ITEMS, MOST_TYPICAL_ORDERS } from '../../domain/state/cleaning';
import { type CleaningCounts, CleaningTally } from '../../domain/state/cleaning-tally';

const MEANING: Readonly<Record<Cleaning, string>> = {
  'cancelled-order': 'orders cancelled: out of order values and counts',
  'voided-order': 'orders refunded whole within a day, as good as cancelled: out of order values and counts',
  'outlying-amount': `amounts above ${MOST_TYPICAL_ORDERS} median orders, read as ${MOST_TYPICAL_ORDERS}`,
  'outlying-items': `orders of more than ${MOST_ITEMS} items, read as ${MOST_ITEMS}`,
  'outlying-dwell': `pages left open for more than ${MOST_DWELL_S} s, read as ${MOST_DWELL_S} s`,
  'missing-amount': 'orders without an amount: counted, not valued',
  'missing-items': 'orders without a number of items',
  'missing-dwell': 'browses without a dwell: out of the mean dwell',
  'missing-stars': 'reviews without stars: out of the mean stars',
  'missing-attribute': 'customers of whom an attribute is unknown: no input for it',
};

/** What there is to clean in events, in event-time order. */
export function cleanedIn(events: Iterable<CustomerEvent>): CleaningCounts {
  const tally = new CleaningTally();
  for (const event of events) tally.add(event);
  return tally.totals();
}

/** One sentence for each kind of cleaning that there was. History's own figures keep everything. */
export function cleanedSentences(counts: CleaningCounts): string[] {
  return CLEANINGS.filter((what) => counts[what] > 0).map((what) => `${counts[what]} ${MEANING[what]}`);
}

export function cleaningLines(counts: CleaningCounts): string[] {
  return cleanedSentences(counts).map((sentence) => `cleaned: ${sentence}`);
}
