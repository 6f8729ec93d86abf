import { PassedOverCount, passedOverText, totalPassedOver } from '../../../src/services/files/passed-over';

describe('what a history leaves out', () => {
  test('faults that differ in what they quote are one reason, with the first of them; the most frequent comes first', () => {
    const count = new PassedOverCount();
    count.add({ what: 'kind is "wish"', why: 'kind wish is no input' }, 'line 2');
    for (const [i, amount] of ['x', 'a "quoted" one', '1,2'].entries()) {
      count.add({ what: `amount is ${JSON.stringify(amount)}`, why: 'not a number' }, `line ${i + 3}`);
    }
    expect(count.list()).toEqual([
      { why: 'not a number', count: 3, first: 'amount is "x", line 3' },
      { why: 'kind wish is no input', count: 1, first: 'kind is "wish", line 2' },
    ]);
    expect(count.list().map(passedOverText)[0]).toBe('amount is "x", line 3: not a number');
    expect(totalPassedOver(count.list())).toBe(4);
  });

  test('however many reasons there are, the list stays short and the total whole', () => {
    const count = new PassedOverCount();
    for (let i = 0; i < 100; i++) count.addAll([{ why: `kind k${i} is no input`, count: 1 }]);
    expect(count.list().length).toBe(21);
    expect(count.list()[0]).toEqual({ why: 'other reasons', count: 80 });
    expect(totalPassedOver(count.list())).toBe(100);
  });
});
