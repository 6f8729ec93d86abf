import { toProduceRequests } from '../../../src/adapters/kafka/batching';
import { outgoing, text } from './cluster';

const values = (records: ReturnType<typeof outgoing>[], maxBytes: number): string[][] =>
  toProduceRequests(records, maxBytes).map((request) => request.map(({ value }) => text(value)!));

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

  test('counts what headers take', () => {
    const headers = { name: 'x'.repeat(80) };
    const records = ['a', 'b', 'c'].map((value) => ({ ...outgoing('t', 0, value), headers }));
    expect(values(records, 200).map((request) => request.length)).toEqual([1, 1, 1]);
  });
});
