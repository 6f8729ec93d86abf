import type { Fact, FactKind, FactOf } from '../ports/observer';

/** One function for each kind of fact. */
export type FactHandlers = { readonly [Kind in FactKind]: (fact: FactOf<Kind>) => void };

/** Calls the handler of the fact's kind. Ignores a fact without a handler. */
export function handle(handlers: Partial<FactHandlers>, fact: Fact): void {
  // The table's type pairs each kind with its fact, but the compiler can't infer that through an index.
  const handler = handlers[fact.kind] as ((fact: Fact) => void) | undefined;
  handler?.(fact);
}
