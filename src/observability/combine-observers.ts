import type { Observer } from '../ports/observer';

/** Calls all observers in order. An error in one affects neither the others nor the service: it must never cost an event. */
export function combineObservers(...observers: readonly Observer[]): Observer {
  const each = (call: (observer: Observer) => void): void => {
    for (const observer of observers) {
      try {
        call(observer);
      } catch {
        // Ignored: the observers themselves are the place to report errors.
      }
    }
  };
  return {
    observe: (fact) => each((observer) => observer.observe(fact)),
    notice: (level, message, detail) => each((observer) => observer.notice(level, message, detail)),
  };
}
