import { PassedOverCount, totalPassedOver } from '../../../src/cli/fit/passed-over';

describe('what a history leaves out', () => {
  test('faults that differ in what they quote are one reason; the most frequent comes first', () => {
    const count = new PassedOverCount();
    count.addReason('kind wish is no input');
    for (const amount of ['x', 'a "quoted" one', '1,2']) count.add(`amount is ${JSON.stringify(amount)}, not a number`);
    expect(count.list()).toEqual([
      { why: 'amount is …, not a number', count: 3 },
      { why: 'kind wish is no input', count: 1 },
    ]);
    expect(totalPassedOver(count.list())).toBe(4);
  });

  test('however many reasons there are, the list stays short and the total whole', () => {
    const count = new PassedOverCount();
    for (let i = 0; i < 100; i++) count.addReason(`kind k${i} is no input`);
    expect(count.list().length).toBe(21);
    expect(count.list()[0]).toEqual({ why: 'other reasons', count: 80 });
    expect(totalPassedOver(count.list())).toBe(100);
  });
});
