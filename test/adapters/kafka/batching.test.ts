import { toProduceRequests } from '../../../src/adapters/kafka/batching';
import { outgoing } from './cluster';

const values = (records: ReturnType<typeof outgoing>[], maxBytes: number): string[][] =>
  toProduceRequests(records, maxBytes).map((request) =>
    request.flatMap(({ messages }) => messages.map(({ value }) => String(value))),
  );

describe('toProduceRequests', () => {
  test('keeps the order and stays below the limit', () => {
    const records = ['aaaa', 'bbbb', 'cccc', 'dddd'].map((value) => outgoing('t', 0, value));
    expect(values(records, 100)).toEqual([
      ['aaaa', 'bbbb'],
      ['cccc', 'dddd'],
    ]);
  });

  test('sends a record above the limit alone', () => {
    const records = ['a', 'x'.repeat(200), 'b'].map((value) => outgoing('t', 0, value));
    expect(values(records, 100).map((request) => request.length)).toEqual([1, 1, 1]);
  });

  test('makes no request of nothing', () => {
    expect(toProduceRequests([], 100)).toEqual([]);
  });

  test('groups by topic, with the partition and time of each record', () => {
    const [request] = toProduceRequests([outgoing('t', 1, 'a'), outgoing('u', 2, 'b'), outgoing('t', 3, 'c')], 1_000);
    expect(request!.map(({ topic, messages }) => [topic, messages.map(({ partition }) => partition)])).toEqual([
      ['t', [1, 3]],
      ['u', [2]],
    ]);
    expect(request![0]!.messages[0]!.timestamp).toBe('1700000000000');
  });

  test('counts what headers take', () => {
    const headers = { name: 'x'.repeat(80) };
    const records = ['a', 'b', 'c'].map((value) => ({ ...outgoing('t', 0, value), headers }));
    expect(values(records, 200).map((request) => request.length)).toEqual([1, 1, 1]);
  });
});
