import type { Child, Ended } from '../../../src/cli/process/child';
import { idleScorers, lastingParts, type Part, SETUP } from '../../../src/cli/up/parts';
import { runFirst, runTogether } from '../../../src/cli/up/supervise';

const STOPPED: Ended = { code: 0, signal: null };

/** Children that run until they are stopped, or until the test ends one of them. */
function fakeChildren(endsOnStop: (name: string) => Ended = () => STOPPED) {
  const ends = new Map<string, (ended: Ended) => void>();
  const stopped: string[] = [];
  const said: string[] = [];
  const start = ({ name }: Part): Pick<Child, 'ended' | 'stop'> => {
    const ended = new Promise<Ended>((resolve) => ends.set(name, resolve));
    return {
      ended,
      stop: () => {
        stopped.push(name);
        ends.get(name)!(endsOnStop(name));
        return ended;
      },
    };
  };
  return { ports: { start, say: (sentence: string) => void said.push(sentence) }, ends, stopped, said };
}

const PARTS = lastingParts({ scorers: 2, accelerated: false, clock: true });

describe('the parts of a deployment', () => {
  test('the dashboard has the port of the settings; the others take none that it could want', () => {
    expect(PARTS.map(({ name }) => name)).toEqual(['serve', 'score-1', 'score-2', 'train', 'clock']);
    expect(PARTS.find(({ name }) => name === 'serve')!.environment).toEqual({});
    for (const { environment } of PARTS.filter(({ args }) => ['score', 'train'].includes(args[0]!)))
      expect(environment).toEqual({ CLV_HTTP_PORT: '0' });
  });

  test('one scorer needs no number, and a deployment with ticks of its own no clock', () => {
    const names = lastingParts({ scorers: 1, accelerated: true, clock: false }).map(({ name }) => name);
    expect(names).toEqual(['serve', 'score', 'train']);
  });
});

test.each([
  [12, 12, null],
  [13, 12, expect.stringMatching(/^13 scorers for 12 partitions: 1 of them .*Use --scorers 12$/)],
])('%d scorers for %d partitions', (scorers, partitions, sentence) => {
  expect(idleScorers(scorers, partitions)).toEqual(sentence);
});

describe('the supervision of a deployment', () => {
  test('a signal stops every process once, and all is well', async () => {
    const { ports, stopped, ends } = fakeChildren();
    const stop = new AbortController();
    const running = runTogether(PARTS, ports, stop.signal);
    expect([...ends.keys()]).toEqual(PARTS.map(({ name }) => name));
    stop.abort();
    expect(await running).toBe(true);
    expect(stopped).toEqual(PARTS.map(({ name }) => name));
  });

  test.each<[string, Ended, string]>([
    ['fails', { code: 1, signal: null }, 'ended with exit code 1'],
    ['ends without a failure', { code: 0, signal: null }, 'ended with exit code 0'],
    ['is killed', { code: null, signal: 'SIGKILL' }, 'was killed by SIGKILL'],
    ['can not be started', { code: null, signal: null }, 'could not be started'],
  ])('a process that %s ends all others, and is named', async (_, ended, words) => {
    const { ports, stopped, ends, said } = fakeChildren();
    const running = runTogether(PARTS, ports, new AbortController().signal);
    ends.get('score-2')!(ended);
    expect(await running).toBe(false);
    expect(stopped).toHaveLength(PARTS.length);
    expect(said.join('\n')).toContain(`score-2 ${words}`);
    expect(said.filter((sentence) => sentence.includes('while it was stopped'))).toEqual([]);
  });

  test('a process that does not stop in order is a failure too', async () => {
    const { ports, said } = fakeChildren((name) => (name === 'train' ? { code: null, signal: 'SIGKILL' } : STOPPED));
    const stop = new AbortController();
    const running = runTogether(PARTS, ports, stop.signal);
    stop.abort();
    expect(await running).toBe(false);
    expect(said).toContain('train was killed by SIGKILL while it was stopped');
  });

  test('a process that SIGTERM ends before it handles it has stopped in order', async () => {
    const { ports, said } = fakeChildren((name) => (name === 'train' ? { code: null, signal: 'SIGTERM' } : STOPPED));
    const stop = new AbortController();
    const running = runTogether(PARTS, ports, stop.signal);
    stop.abort();
    expect(await running).toBe(true);
    expect(said).toEqual(['stopping', 'all processes have ended']);
  });

  test('nothing else is started if setup fails', async () => {
    const { ports, ends, said } = fakeChildren();
    const running = runFirst(SETUP, ports, new AbortController().signal);
    ends.get('setup')!({ code: 1, signal: null });
    expect(await running).toBe(false);
    expect(said[0]).toMatch(/setup ended with exit code 1.*Nothing else was started/);
  });

  test('a signal during setup stops setup, and starts nothing after it', async () => {
    const { ports, ends, stopped } = fakeChildren();
    const stop = new AbortController();
    const first = runFirst(SETUP, ports, stop.signal);
    stop.abort();
    expect(await first).toBe(true);
    expect(await runTogether(PARTS, ports, stop.signal)).toBe(true);
    expect([[...ends.keys()], stopped]).toEqual([['setup'], ['setup']]);
  });
});
