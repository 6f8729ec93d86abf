import { decodeOutboxBlob, OutboxBlobEncoder } from '../../../src/adapters/redis/outbox-blob';
import { mulberry32 } from '../../../src/domain/math/random';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { emptyState } from '../../../src/domain/state/sequence-state';
import { decodeState, encodeState } from '../../../src/serde/state-blob';
import { decodeArchiveLine, encodeArchiveLine } from '../../../src/services/archive/archive-lines';
import { anEvent, randomPast } from '../../support/events';
import { randomModel } from '../../support/models';
import { withChecksum } from '../repair';
import { declared, type FuzzTarget, memoryOf } from '../target';

/** A count of windows or records may not make more than its bytes can hold; each item is an object of some hundred bytes. */
const BLOB_MEMORY = memoryOf(64, 400);

function states(): Uint8Array[] {
  const random = mulberry32(3);
  const scorer = new Scorer(randomModel(1, {}), 100);
  return [0, 1, 5, 40, 90].map((count) => {
    const state = emptyState(scorer.model.weights.shape.units);
    for (const { event, position } of randomPast(random, count)) scorer.fold(state, event, position);
    const attributes = { ageBand: '25-34', region: 'north', channel: null };
    const profile = anEvent({ kind: 'profile', attributes });
    if (count > 5) scorer.fold(state, profile, { topic: 5, partition: 0, offset: 9 });
    return encodeState(state);
  });
}

/** What is accepted must be written again without a throw: else one damaged customer stops a partition. */
export function stateTarget(): FuzzTarget {
  return {
    name: 'state',
    corpus: states(),
    memoryBound: BLOB_MEMORY,
    repair: withChecksum,
    run: (input) =>
      declared(['state-blob'], () => {
        encodeState(decodeState(input));
      }),
  };
}

export function outboxTarget(): FuzzTarget {
  const encoder = new OutboxBlobEncoder();
  const covers = [1, 2, -1, 3, -1, 0];
  const record = { key: new Uint8Array([1, 2]), value: new Uint8Array(200), timestampMs: 1_700_000_000_000, covers };
  const blob = { commitId: 'commit-1', folded: [2, 3, 0, 4, 0, 1] };
  return {
    name: 'outbox',
    corpus: [
      encoder.encode({ ...blob, records: [] }),
      encoder.encode({
        ...blob,
        records: [
          { ...record, kind: 'update' },
          { ...record, kind: 'dead-letter', key: null },
        ],
      }),
    ],
    memoryBound: BLOB_MEMORY,
    repair: withChecksum,
    run: (input) =>
      declared(['outbox-blob'], () => {
        decodeOutboxBlob(input);
      }),
  };
}

/** Input: one line of an export. */
export function archiveTarget(): FuzzTarget {
  const meta = {
    commitIds: ['a', 'b'],
    commits: 17,
    folded: [1, 2, 3, 4, 5, 6],
    published: [1, 2, 3, 4, 5, 6],
    format: 1,
  };
  const lines = [
    encodeArchiveLine({
      type: 'header',
      partitions: 2,
      topics: ['orders', 'clicks'],
      exportedAt: '2024-01-01T00:00:00.000Z',
    }),
    encodeArchiveLine({ type: 'partition', partition: 0, meta }),
    encodeArchiveLine({ type: 'partition', partition: 1, meta: null }),
    ...states().map((state) => encodeArchiveLine({ type: 'customer', customerId: 'c1', state })),
    encodeArchiveLine({ type: 'partition-end', partition: 0, customers: 2 }),
    encodeArchiveLine({ type: 'end', customers: 2 }),
  ];
  return {
    name: 'archive',
    corpus: lines.map((line) => new TextEncoder().encode(line)),
    memoryBound: BLOB_MEMORY,
    run: (input) =>
      declared(['CLV_STATE_ARCHIVE'], () => {
        decodeArchiveLine(new TextDecoder().decode(input), 1);
      }),
  };
}
