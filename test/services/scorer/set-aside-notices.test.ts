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
  const log = (
    unreadable: readonly string[],
    written: readonly string[] = [],
    failures: readonly FoldFailure[] = [],
  ) => {
    const before = lines.length;
    const states = written.map((customerId) => ({ customerId, state: new Uint8Array(), isNew: false }));
    set.log({ states, unreadable: new Map(unreadable.map((id) => [id, `why ${id}`])), failures });
    return lines.slice(before);
  };
  const at = (seconds: number) => {
    nowS = seconds;
  };
  return { log, counts, at };
}

const failure = (change: Partial<FoldFailure> = {}): FoldFailure =>
  ({ customerId: 'ann', topic: 'orders', offset: 7, during: 'fold', error: 'odd', ...change }) as FoldFailure;

describe('customers that are set aside', () => {
  test('are named once, with the command that mends them, until their state is written again', () => {
    const { log, counts } = notices();
    const first = log(['ann', 'bob']);
    expect(first).toMatchObject([{ detail: { customerId: 'ann', why: 'why ann' } }, { detail: { customerId: 'bob' } }]);
    expect(first[0]!.message).toContain('partition 4: the state of customer ann ');
    expect(first[0]!.message).toMatch(/clv-stream state rebuild '?ann'?$/);
    expect(log(['ann'])).toEqual([]);
    expect(log([], ['zoe'])).toEqual([]);
    expect(counts).toEqual([[4, 2]]);
    expect(log([], ['ann'])).toEqual([]);
    expect(log(['ann'])).toHaveLength(1);
    expect(counts).toEqual([
      [4, 2],
      [4, 1],
      [4, 2],
    ]);
  });

  test('beyond fifty only their number is logged, each time it has doubled', () => {
    const { log } = notices();
    const logged = (count: number) => log(Array.from({ length: count }, (_, i) => `c${i}`));
    expect(logged(50)).toHaveLength(50);
    expect(logged(99)).toEqual([]);
    expect(logged(100)).toMatchObject([{ detail: { customers: 100 } }]);
    expect(logged(199)).toEqual([]);
    expect(logged(401)).toMatchObject([{ detail: { customers: 200 } }, { detail: { customers: 400 } }]);
  });
});

describe('records whose fold failed', () => {
  test('are logged at growing intervals, the first of a batch by name, with the number since the last line', () => {
    const { log, at } = notices();
    const loggedAtS: number[] = [];
    for (let second = 0; second <= 2_600; second++) {
      at(second);
      if (log([], [], [failure()]).length > 0) loggedAtS.push(second);
    }
    expect(loggedAtS).toEqual([0, 10, 30, 70, 150, 310, 630, 1_230, 1_830, 2_430]);
    // More than ten minutes after the next line was due, it is news again.
    at(2_430 + 1_200 + 1);
    const [line] = log([], [], [failure({ offset: 9 }), failure()]);
    expect(line!.detail).toEqual({ customerId: 'ann', topic: 'orders', offset: 9, error: 'odd', failures: 172 });
    at(2_430 + 1_200 + 1 + 10);
    expect(log([], [], [failure()])).toMatchObject([{ detail: { failures: 1 } }]);
  });

  test('keep their interval up to ten minutes after the next line was due', () => {
    const { log, at } = notices();
    const logsAt = (second: number) => {
      at(second);
      return log([], [], [failure()]).length > 0;
    };
    // Due after 10 seconds, and from then on after 20 more.
    expect([0, 610, 620, 630].map(logsAt)).toEqual([true, true, false, true]);
  });

  test('without a failure nothing is logged', () => {
    expect(notices().log([])).toEqual([]);
  });

  test('name the record, and whether its fold or a re-score failed', () => {
    const fold = notices().log([], [], [failure()])[0]!.message;
    expect(fold).toContain('folding orders 4@7 of customer ann failed; the record is a dead letter (fold-failed)');
    const tick = notices().log([], [], [failure({ during: 'sweep' })])[0]!.message;
    expect(tick).toContain('re-scoring customer ann at the tick orders 4@7 failed');
  });
});
