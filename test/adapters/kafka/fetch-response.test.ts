import {
  committedRecords,
  type FetchedMessage,
  type FetchedPartition,
  toLogBatch,
} from '../../../src/adapters/kafka/fetch-response';

interface Options {
  readonly producerId?: string;
  readonly control?: 'commit' | 'abort';
  readonly key?: Buffer;
  readonly inTransaction?: boolean;
  readonly firstOffset?: number;
  readonly lastOffset?: number;
}

function message(offset: number, options: Options = {}): FetchedMessage {
  const { producerId = '-1', control, key = null, firstOffset = offset, lastOffset = offset } = options;
  return {
    offset: `${offset}`,
    timestamp: '5',
    key: control ? Buffer.from([0, 0, 0, control === 'commit' ? 1 : 0]) : key,
    value: null,
    isControlRecord: control !== undefined,
    batchContext: {
      firstOffset: `${firstOffset}`,
      lastOffsetDelta: lastOffset - firstOffset,
      producerId,
      inTransaction: options.inTransaction ?? producerId !== '-1',
    },
  };
}

function fetched(messages: FetchedMessage[], aborted: [string, number][] = [], end = 100): FetchedPartition {
  return {
    partition: 0,
    highWatermark: `${end + 5}`,
    lastStableOffset: `${end}`,
    abortedTransactions: aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset: `${firstOffset}` })),
    messages,
  };
}

const offsets = (partition: FetchedPartition, from = 0): number[] =>
  committedRecords(partition, from).map(({ offset }) => offset);

describe('committedRecords', () => {
  it('leaves out control records and records of aborted transactions, also where two run into each other', () => {
    const messages = [
      message(0, { producerId: '7' }),
      message(1, { producerId: '8' }),
      message(2, { producerId: '9' }),
      message(3, { producerId: '7', control: 'abort' }),
      message(4, { producerId: '7' }),
      message(5, { producerId: '8', control: 'abort' }),
      message(6, { producerId: '9', control: 'commit' }),
      message(7, { producerId: '7', control: 'commit' }),
      message(8),
    ];
    // Not in the order of their offsets, as brokers may send them.
    expect(
      offsets(
        fetched(messages, [
          ['8', 1],
          ['7', 0],
        ]),
      ),
    ).toEqual([2, 4, 8]);
  });

  it('opens every aborted transaction that starts at or before a record, where compaction removed the records between', () => {
    const messages = [message(10, { producerId: '7' }), message(11, { producerId: '8' })];
    expect(
      offsets(
        fetched(messages, [
          ['7', 2],
          ['8', 5],
        ]),
      ),
    ).toEqual([]);
  });

  it('does not take a record whose key looks like an abort marker for one', () => {
    const messages = [
      message(0, { producerId: '7', key: Buffer.from([0, 0, 0, 0]) }),
      message(1, { producerId: '7' }),
      message(2, { producerId: '7', control: 'abort' }),
    ];
    expect(offsets(fetched(messages, [['7', 0]]))).toEqual([]);
  });

  it('leaves out what a compressed batch brings from below the position', () => {
    expect(offsets(fetched([message(3), message(4), message(5)]), 4)).toEqual([4, 5]);
  });

  it('refuses offsets that a number does not hold', () => {
    expect(() => offsets(fetched([{ ...message(0), offset: '9007199254740993' }]))).toThrow(RangeError);
  });
});

describe('toLogBatch', () => {
  it('goes on behind the last batch, not behind its last record', () => {
    const partition = fetched([message(3, { firstOffset: 2, lastOffset: 9 })]);
    expect(toLogBatch('t', partition, 5)).toEqual({ topic: 't', partition: 0, records: [], nextOffset: 10, end: 100 });
  });

  it('is null where nothing was fetched', () => {
    expect(toLogBatch('t', fetched([]), 5)).toBeNull();
  });
});
