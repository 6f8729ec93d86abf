import type { FactOf } from '../../src/ports/observer';

/** A micro-batch of ten records, one of them a dead letter. */
export const TEN_RECORDS: FactOf<'batch-committed'> = {
  kind: 'batch-committed',
  partition: 3,
  events: new Map([
    ['order', 2],
    ['click', 5],
    ['browse', 3],
  ]),
  updates: 9,
  deadLetters: new Map([['wrong-partition', 1]]),
  misplaced: new Map([['orders', 1]]),
  seconds: 0.004,
  tooLate: 1,
  coalesced: 2,
  replayed: 1,
  sweepFailures: 1,
  cleaned: new Map([['missing-items', 2]]),
  endToEndSeconds: [0.03, -0.001],
};
