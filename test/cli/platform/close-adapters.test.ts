import { closeAdapters } from '../../../src/cli/platform/close-adapters';
import { realClock } from '../../support/real-clock';

const closing = (onLate: () => void) => ({ deadlineMs: 50, clock: realClock, onLate });

test('closes in order, one after the other, and passes a failure on', async () => {
  const closed: string[] = [];
  const adapter = (name: string) => ({
    close: async () => {
      closed.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      closed.push(`${name} ends`);
    },
  });
  const broken = {
    close: async () => {
      throw new Error('cannot close');
    },
  };
  const late = jest.fn();
  await closeAdapters([adapter('a'), adapter('b')], closing(late));
  expect(closed).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  await expect(closeAdapters([broken], closing(late))).rejects.toThrow('cannot close');
  expect(late).not.toHaveBeenCalled();
});

test('an adapter that never closes, or fails late, keeps no other one open', async () => {
  const closed: string[] = [];
  const hangs = { close: () => new Promise<void>(() => undefined) };
  let fail: (error: Error) => void = () => undefined;
  const failsLate = { close: () => new Promise<void>((_, reject) => (fail = reject)) };
  const fine = {
    close: async () => {
      closed.push('fine');
    },
  };
  const late = jest.fn(() => fail(new Error('socket destroyed')));
  await closeAdapters([hangs, failsLate, fine], closing(late));
  expect(closed).toEqual(['fine']);
  expect(late).toHaveBeenCalledTimes(2);
});
