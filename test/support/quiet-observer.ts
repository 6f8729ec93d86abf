import type { Observer } from '../../src/ports/observer';

export interface Notice {
  readonly level: string;
  readonly message: string;
}

/** Takes everything, keeps the notices. */
export function quietObserver(notices: Notice[] = []): Observer {
  const ignore = (): void => {};
  return {
    batchCommitted: ignore,
    published: ignore,
    lag: ignore,
    partitionAssigned: ignore,
    partitionRevoked: ignore,
    fenced: ignore,
    customersSetAside: ignore,
    standing: ignore,
    lossFound: ignore,
    offsetsOverruled: ignore,
    topicFault: ignore,
    dependency: ignore,
    modelSwapped: ignore,
    modelRefused: ignore,
    trained: ignore,
    gate: ignore,
    labels: ignore,
    calibrated: ignore,
    prequential: ignore,
    notice: (level, message) => void notices.push({ level, message }),
  };
}
