import { WakeUp } from '../../../src/adapters/kafka/wake-up';

const LONG_MS = 600_000;

test('wakes everyone who waits', async () => {
  const wakeUp = new WakeUp();
  const { signal } = new AbortController();
  const waiting = [wakeUp.wait(LONG_MS, signal), wakeUp.wait(LONG_MS, signal)];
  wakeUp.wake();
  await Promise.all(waiting);
});

test('a wait ends by itself, and does not start after an abort', async () => {
  const wakeUp = new WakeUp();
  const stop = new AbortController();
  await wakeUp.wait(1, stop.signal);
  stop.abort();
  await wakeUp.wait(LONG_MS, stop.signal);
});
