import { BatchFold } from './batch-fold';
import type { LoadedCustomers } from './customer-states';
import type { FoldContext, FoldedBatch } from './fold-types';
import type { InputItem } from './input-queue';

/** The customers that the events of a batch need. A tick adds the customers of its shard. */
export function customersOf(items: readonly InputItem[]): string[] {
  const ids = new Set<string>();
  for (const { decoded } of items) {
    if (decoded.ok && decoded.value.type === 'event') ids.add(decoded.value.event.customerId);
  }
  return [...ids];
}

/**
 * Folds a merged micro-batch into copies of the states. Every record of an event ends in one update or one dead letter.
 *
 * If the fold, score or encoding of a record throws, the record becomes a dead letter and its customer stays as before it.
 * The first pass takes no copies. If something threw, a second pass starts again from the loaded bytes.
 * It copies the failing customers' states before each record, and encodes state and update after each record.
 * So the error is found at its record.
 */
export function foldBatch(items: readonly InputItem[], loaded: LoadedCustomers, context: FoldContext): FoldedBatch {
  const careful = new Set<string>();
  for (;;) {
    const pass = new BatchFold(loaded, context, careful);
    const batch = pass.run(items);
    if (pass.suspects.size === 0) return batch;
    for (const customerId of pass.suspects) careful.add(customerId);
  }
}
