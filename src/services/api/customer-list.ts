import { lastOrderS } from '../../domain/last-order';
import type { ClvUpdate } from '../../domain/update';
import type { CustomerFilter, CustomerListQuery, CustomerSort, Place, Range } from '../../ports/customer-list';

/** The updates that fit a query, in its order: one pass over all, O(n log limit) comparisons. */
export function listed(updates: Iterable<ClvUpdate>, query: CustomerListQuery): ClvUpdate[] {
  const { filter, sort, falling, after, limit } = query;
  const compare = (a: Placed, b: Placed): number => comparePlaces(a.place, b.place, falling);
  const found: Placed[] = [];
  for (const update of updates) {
    if (!fits(update, filter)) continue;
    const place = placeOf(update, sort);
    if (after !== null && comparePlaces(place, after, falling) <= 0) continue;
    if (limit === null) found.push({ place, update });
    else insert(found, { place, update }, limit, compare);
  }
  if (limit === null) found.sort(compare);
  return found.map(({ update }) => update);
}

export function placeOf(update: ClvUpdate, sort: CustomerSort): Place {
  return { key: keyOf(update, sort), customerId: update.customerId };
}

interface Placed {
  readonly place: Place;
  readonly update: ClvUpdate;
}

function keyOf(update: ClvUpdate, sort: CustomerSort): number {
  if (sort === 'clv') return update.value;
  if (sort === 'churnProbability') return update.prediction.churnProbability;
  if (sort === 'lastOrder') return lastOrderS(update) ?? Number.NEGATIVE_INFINITY;
  return sort === 'asOf' ? update.asOfS : 0;
}

/** Ids compare by their UTF-16 units, which is the order that every store of them can give. */
function comparePlaces(a: Place, b: Place, falling: boolean): number {
  if (a.key !== b.key) return a.key < b.key === falling ? 1 : -1;
  if (a.customerId === b.customerId) return 0;
  return a.customerId < b.customerId ? -1 : 1;
}

/** Keeps `sorted` to its first `limit` entries. */
function insert(sorted: Placed[], entry: Placed, limit: number, compare: (a: Placed, b: Placed) => number): void {
  if (sorted.length === limit && compare(entry, sorted[limit - 1]!) > 0) return;
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(sorted[middle]!, entry) < 0) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, entry);
  if (sorted.length > limit) sorted.pop();
}

function fits(update: ClvUpdate, filter: CustomerFilter): boolean {
  const { valueTier, lifecycleStage, churnProbability } = update.prediction;
  return (
    (filter.tiers?.includes(valueTier) ?? true) &&
    (filter.stages?.includes(lifecycleStage) ?? true) &&
    isWithin(update.value, filter.clv) &&
    isWithin(churnProbability, filter.churnProbability) &&
    isWithin(update.asOfS, filter.movedS) &&
    (filter.lastOrderS === undefined || isWithin(lastOrderS(update), filter.lastOrderS)) &&
    (filter.idPrefix === undefined || update.customerId.startsWith(filter.idPrefix))
  );
}

function isWithin(value: number | null, range: Range | undefined): boolean {
  if (range === undefined) return true;
  return value !== null && value >= (range.from ?? -Infinity) && value <= (range.to ?? Infinity);
}
