import type { Observer } from '../ports/observer';

/** Calls all of them, in order. One that throws breaks neither the others nor the service: observing is never worth an event. */
export function combineObservers(...observers: readonly Observer[]): Observer {
  const each = (call: (observer: Observer) => void): void => {
    for (const observer of observers) {
      try {
        call(observer);
      } catch {
        // Nowhere to report it: this is the reporting.
      }
    }
  };
  return {
    observe: (fact) => each((observer) => observer.observe(fact)),
    notice: (level, message, detail) => each((observer) => observer.notice(level, message, detail)),
  };
}
