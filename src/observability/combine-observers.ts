import type { Observer } from '../ports/observer';

/** Tells all of them, in order. One that throws breaks neither the others nor the service: observing is never worth an event. */
export function combineObservers(...observers: readonly Observer[]): Observer {
  const tell = (call: (observer: Observer) => void): void => {
    for (const observer of observers) {
      try {
        call(observer);
      } catch {
        // Nowhere to report it: this is the reporting.
      }
    }
  };
  return {
    batchCommitted: (facts) => tell((o) => o.batchCommitted(facts)),
    published: (partition, records, seconds) => tell((o) => o.published(partition, records, seconds)),
    lag: (partition, records) => tell((o) => o.lag(partition, records)),
    partitionAssigned: (partition) => tell((o) => o.partitionAssigned(partition)),
    partitionRevoked: (partition) => tell((o) => o.partitionRevoked(partition)),
    fenced: (partition, by) => tell((o) => o.fenced(partition, by)),
    customersSetAside: (partition, customers) => tell((o) => o.customersSetAside(partition, customers)),
    standing: (partition, seconds) => tell((o) => o.standing(partition, seconds)),
    lossFound: (partition, reason, records) => tell((o) => o.lossFound(partition, reason, records)),
    offsetsOverruled: (partition, reason) => tell((o) => o.offsetsOverruled(partition, reason)),
    topicFault: (topic, fault, present) => tell((o) => o.topicFault(topic, fault, present)),
    dependency: (name, up, reason) => tell((o) => o.dependency(name, up, reason)),
    modelSwapped: (version, announcedAtMs) => tell((o) => o.modelSwapped(version, announcedAtMs)),
    modelRefused: (version, reason) => tell((o) => o.modelRefused(version, reason)),
    trained: (facts) => tell((o) => o.trained(facts)),
    gate: (facts) => tell((o) => o.gate(facts)),
    labels: (facts) => tell((o) => o.labels(facts)),
    calibrated: (facts) => tell((o) => o.calibrated(facts)),
    prequential: (report) => tell((o) => o.prequential(report)),
    notice: (level, message, detail) => tell((o) => o.notice(level, message, detail)),
  };
}
