import { OpenedAdapters } from '../../../src/cli/platform/opened-adapters';
import { realClock } from '../../support/real-clock';

const CLOSING = { deadlineMs: 50, clock: realClock, onLate: () => undefined };

test('what its user has closed is forgotten, and no adapter is closed twice', async () => {
  const closed: string[] = [];
  const adapter = (name: string) => ({
    close: async () => {
      closed.push(name);
    },
  });
  const opened = new OpenedAdapters();
  const [a, b] = [opened.keep(adapter('a')), opened.keep(adapter('b'))];
  opened.keep(adapter('c'));
  await b.close();
  expect(opened.count).toBe(2);
  await b.close();
  await opened.close(CLOSING);
  await a.close();
  expect(closed).toEqual(['b', 'c', 'a']);
  expect(opened.count).toBe(0);
});

test('one that fails to close is forgotten too', async () => {
  const opened = new OpenedAdapters();
  const broken = opened.keep({ close: () => Promise.reject(new Error('cannot close')) });
  await expect(broken.close()).rejects.toThrow('cannot close');
  await opened.close(CLOSING);
});
