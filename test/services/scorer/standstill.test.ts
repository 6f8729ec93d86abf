import type { Clock } from '../../../src/ports/clock';
import { codeOf, DEFECT } from '../../../src/ports/failure-code';
import { Standstill, type StepFailure } from '../../../src/services/scorer/standstill';
import { type Notice, quietObserver } from '../../support/quiet-observer';

function standstill() {
  const lines: Notice[] = [];
  let nowS = 500;
  const clock = { elapsedS: () => nowS } as Clock;
  const pass = (seconds: number) => {
    nowS += seconds;
  };
  return { standstill: new Standstill(3, quietObserver(lines), clock), lines, pass };
}

const failure = (change: Partial<StepFailure> = {}): StepFailure => ({
  what: 'could not claim its state',
  code: 'redis-outcome-unknown',
  error: 'no answer',
  subject: '',
  ...change,
});

describe('a step that fails again and again', () => {
  test('is logged at once, then at intervals that double up to ten minutes, with how often it failed', () => {
    const { standstill: s, lines, pass } = standstill();
    const loggedAtS: number[] = [];
    for (let second = 0; second <= 3_000; second++) {
      const before = lines.length;
      s.failed('claim', failure());
      if (lines.length > before) loggedAtS.push(second);
      pass(1);
    }
    expect(loggedAtS).toEqual([0, 10, 30, 70, 150, 310, 630, 1_230, 1_830, 2_430]);
    expect(lines.map(({ detail }) => detail)).toEqual(
      loggedAtS.map((second) => ({ error: 'no answer', code: 'redis-outcome-unknown', times: second + 1 })),
    );
  });

  test('logs what failed, for which customer, why, and the repair', () => {
    const { standstill: s, lines } = standstill();
    s.failed('fold', failure({ what: 'could not fold', code: 'redis-content', error: 'odd', subject: 'orders 3@7' }));
    expect(lines[0]).toMatchObject({ level: 'error' });
    expect(lines[0]!.message).toMatch(
      /^partition 3: could not fold \(orders 3@7\); trying again\. odd\. The partition's entry/,
    );
    expect(lines[0]!.message).toContain('clv-stream state rebuild --partition 3');
  });

  test.each([
    ['redis-outcome-unknown', 'warn', 'Redis does not answer'],
    ['redis-refused', 'warn', 'Redis refuses the command'],
    ['outbox-blob', 'error', 'state rebuild --partition 3'],
    ['MESSAGE_TOO_LARGE', 'error', 'clv-stream setup names the topic'],
    ['TOPIC_AUTHORIZATION_FAILED', 'error', 'may not write to an output topic'],
    ['UNKNOWN_TOPIC_OR_PARTITION', 'error', 'clv-stream setup creates it'],
    ['INVALID_TIMESTAMP', 'error', 'message.timestamp'],
    [DEFECT, 'error', 'This is a defect of the program'],
    ['ECONNREFUSED', 'warn', 'goes on by itself when the cause is gone'],
  ])('%s: %s', (code, level, text) => {
    const { standstill: s, lines } = standstill();
    s.failed('publish', failure({ code }));
    expect(lines).toMatchObject([{ level, message: expect.stringContaining(text) }]);
    expect(lines[0]!.message).not.toContain('()');
  });

  test('another cause is logged at once, and its own count and intervals begin; the standing goes on', () => {
    const { standstill: s, lines, pass } = standstill();
    s.failed('claim', failure());
    pass(4);
    s.failed('claim', failure({ code: 'redis-refused' }));
    pass(9);
    s.failed('claim', failure({ code: 'redis-refused' }));
    expect(lines.map(({ detail }) => (detail as { times: number }).times)).toEqual([1, 1]);
    pass(1);
    s.failed('claim', failure({ code: 'redis-refused' }));
    expect(lines.map(({ detail }) => (detail as { times: number }).times)).toEqual([1, 1, 3]);
    expect(s.standing).toMatchObject({ seconds: 14, reason: expect.stringContaining('Redis refuses') });
  });

  test('stands still as long as the oldest step that still fails', () => {
    const { standstill: s, pass } = standstill();
    expect(s.standing).toBeNull();
    s.failed('publish', failure({ what: 'could not publish' }));
    pass(5);
    s.failed('claim', failure());
    pass(5);
    expect(s.standing).toMatchObject({ seconds: 10, reason: expect.stringMatching(/^could not publish; /) });
    s.passed('publish');
    expect(s.standing).toMatchObject({ seconds: 5, reason: expect.stringMatching(/^could not claim/) });
    s.passed('claim');
    expect(s.standing).toBeNull();
  });
});

describe('the code of an error', () => {
  test.each([
    ['a type of the broker', { type: 'INVALID_TIMESTAMP', code: 87 }, 'INVALID_TIMESTAMP'],
    ['a code', { type: '', code: 'redis-refused' }, 'redis-refused'],
    ['a cause that has one', { name: 'KafkaJSX', cause: { type: 'MESSAGE_TOO_LARGE' } }, 'MESSAGE_TOO_LARGE'],
    ['a client error without a cause', { name: 'KafkaJSTimeout' }, 'KafkaJSTimeout'],
    ['a client error whose cause is nothing', { name: 'KafkaJSTimeout', cause: undefined }, 'KafkaJSTimeout'],
    ['a client error whose cause is null', { name: 'KafkaJSTimeout', cause: null }, 'KafkaJSTimeout'],
    ['a name of somebody else', { name: 'TypeError', code: '' }, DEFECT],
    ['a name of no text', { name: 7 }, DEFECT],
    ['a text', 'broken', DEFECT],
    ['nothing', null, DEFECT],
  ])('%s', (_, error, expected) => {
    expect(codeOf(error)).toBe(expected);
  });
});
