import type { Clock } from '../../../src/ports/clock';
import type { FoldFailure } from '../../../src/services/scorer/fold-types';
import { SetAsideNotices } from '../../../src/services/scorer/set-aside-notices';
import { type Notice, quietObserver } from '../../support/quiet-observer';

function notices() {
  const lines: Notice[] = [];
  const counts: number[][] = [];
  const observer = quietObserver(lines, {
    'customers-set-aside': ({ partition, customers }) => void counts.push([partition, customers]),
  });
  let nowS = 0;
  const set = new SetAsideNotices(4, observer, { elapsedS: () => nowS } as Clock);
  const tell = (
    unreadable: readonly string[],
    written: readonly string[] = [],
    failures: readonly FoldFailure[] = [],
  ) => {
    const before = lines.length;
    const states = written.map((customerId) => ({ customerId, state: new Uint8Array(), isNew: false }));
    set.tell({ states, unreadable: new Map(unreadable.map((id) => [id, `why ${id}`])), failures });
    return lines.slice(before);
  };
  const at = (seconds: number) => {
    nowS = seconds;
  };
  return { tell, counts, at };
}

const failure = (change: Partial<FoldFailure> = {}): FoldFailure =>
  ({ customerId: 'ann', topic: 'orders', offset: 7, during: 'fold', error: 'odd', ...change }) as FoldFailure;

describe('customers that are set aside', () => {
  test('are named once, with the command that mends them, until their state is written again', () => {
    const { tell, counts } = notices();
    const first = tell(['ann', 'bob']);
    expect(first).toMatchObject([{ detail: { customerId: 'ann', why: 'why ann' } }, { detail: { customerId: 'bob' } }]);
    expect(first[0]!.message).toContain('partition 4: the state of customer ann ');
    expect(first[0]!.message).toMatch(/clv-stream state rebuild '?ann'?$/);
    expect(tell(['ann'])).toEqual([]);
    expect(tell([], ['zoe'])).toEqual([]);
    expect(counts).toEqual([[4, 2]]);
    expect(tell([], ['ann'])).toEqual([]);
    expect(tell(['ann'])).toHaveLength(1);
    expect(counts).toEqual([
      [4, 2],
      [4, 1],
      [4, 2],
    ]);
  });

  test('beyond fifty only their number is logged, each time it has doubled', () => {
    const { tell } = notices();
    const told = (count: number) => tell(Array.from({ length: count }, (_, i) => `c${i}`));
    expect(told(50)).toHaveLength(50);
    expect(told(99)).toEqual([]);
    expect(told(100)).toMatchObject([{ detail: { customers: 100 } }]);
    expect(told(199)).toEqual([]);
    expect(told(401)).toMatchObject([{ detail: { customers: 200 } }, { detail: { customers: 400 } }]);
  });
});

describe('records whose fold failed', () => {
  test('are logged at growing intervals, the first of a batch by name, with the number since the last line', () => {
    const { tell, at } = notices();
    const loggedAtS: number[] = [];
    for (let second = 0; second <= 2_600; second++) {
      at(second);
      if (tell([], [], [failure()]).length > 0) loggedAtS.push(second);
    }
    expect(loggedAtS).toEqual([0, 10, 30, 70, 150, 310, 630, 1_230, 1_830, 2_430]);
    // More than ten minutes after the next line was due, it is news again.
    at(2_430 + 1_200 + 1);
    const [line] = tell([], [], [failure({ offset: 9 }), failure()]);
    expect(line!.detail).toEqual({ customerId: 'ann', topic: 'orders', offset: 9, error: 'odd', failures: 172 });
    at(2_430 + 1_200 + 1 + 10);
    expect(tell([], [], [failure()])).toMatchObject([{ detail: { failures: 1 } }]);
  });

  test('keep their interval up to ten minutes after the next line was due', () => {
    const { tell, at } = notices();
    const logsAt = (second: number) => {
      at(second);
      return tell([], [], [failure()]).length > 0;
    };
    // Due after 10 seconds, and from then on after 20 more.
    expect([0, 610, 620, 630].map(logsAt)).toEqual([true, true, false, true]);
  });

  test('without a failure nothing is logged', () => {
    expect(notices().tell([])).toEqual([]);
  });

  test('name the record, and say whether its fold or a re-score failed', () => {
    const fold = notices().tell([], [], [failure()])[0]!.message;
    expect(fold).toContain('folding orders 4@7 of customer ann failed; the record is a dead letter (fold-failed)');
    const tick = notices().tell([], [], [failure({ during: 'sweep' })])[0]!.message;
    expect(tick).toContain('re-scoring customer ann at the tick orders 4@7 failed');
  });
});
