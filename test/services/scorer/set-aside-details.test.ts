import { foldFailedDetail, shellWord, stateUnreadableDetail } from '../../../src/services/scorer/set-aside-details';
import { anEvent } from '../../support/events';

describe('the details of letters that are set aside', () => {
  test('name the event, the error and the next step', () => {
    expect(foldFailedDetail(anEvent({ eventId: 'e7', customerId: 'ann' }), new Error('no number'))).toBe(
      'Folding order e7 of customer ann failed: no number. The customer stays as before it. After the cause is repaired: clv-stream dead-letters replay --reason fold-failed --write.',
    );
  });

  test('name the customer, as a word of a shell in the command', () => {
    expect(stateUnreadableDetail('an n', 'cut off')).toBe(
      "The state of customer an n can't be used: cut off. Fold it again from the log: clv-stream state rebuild 'an n'. Then send the records again: clv-stream dead-letters replay --reason state-unreadable --write.",
    );
  });

  test('keep 300 characters of an error', () => {
    const detail = (length: number) => stateUnreadableDetail('ann', `x${'y'.repeat(length - 1)}`);
    expect(detail(300)).toContain(`used: x${'y'.repeat(299)}. Fold`);
    expect(detail(301)).toContain(`used: x${'y'.repeat(299)}…. Fold`);
  });

  test.each([
    ['ann', 'ann'],
    ['a.b@c:d+e-', 'a.b@c:d+e-'],
    ["it's", "'it'\\''s'"],
    ['-f', "-- '-f'"],
    ['', "''"],
  ])('%s is written as %s', (id, word) => {
    expect(shellWord(id)).toBe(word);
  });
});
