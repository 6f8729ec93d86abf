import { BatchFold } from './batch-fold';
import type { LoadedCustomers } from './customer-states';
import type { FoldContext, FoldedBatch } from './fold-types';
import type { InputItem } from './input-queue';

/** The customers a batch needs, beside those a tick adds. */
export function customersOf(items: readonly InputItem[]): string[] {
  const ids = new Set<string>();
  for (const { decoded } of items) {
    if (decoded.ok && decoded.value.type === 'event') ids.add(decoded.value.event.customerId);
  }
  return [...ids];
}

/**
 * Folds a merged micro-batch into copies of the states: every record of an event ends in one update or one dead letter.
 *
 * A record whose fold, score or encoding throws becomes a dead letter, and its customer stays as before it. The first pass takes no
 * copies. Only if something threw does a second pass begin anew from the loaded bytes. It keeps a copy of the failing customers' states
 * before each record, and tries after each record whether state and update can be written, so that the fault is found at its record.
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
