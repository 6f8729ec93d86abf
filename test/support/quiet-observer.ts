import { type FactHandlers, handle } from '../../src/observability/fact-handlers';
import type { Observer } from '../../src/ports/observer';

export interface Notice {
  readonly level: string;
  readonly message: string;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

/** Stores the notices, and calls the test's handlers. Ignores every other fact. */
export function quietObserver(notices: Notice[] = [], handlers: Partial<FactHandlers> = {}): Observer {
  return {
    observe: (fact) => handle(handlers, fact),
    notice: (level, message, detail) => void notices.push({ level, message, detail }),
  };
}
