import { DEFAULT_MACHINE_SETTINGS } from '../../src/delivery/partition-machine';
import { blob, Driver, meta, owned, record } from './machine-driver';

/** Each way in which an attempt ends, starting from a machine that runs or takes over. */
const ENDS: readonly (readonly [string, string, () => Driver, (driver: Driver) => Driver])[] = [
  [
    'a publication of unknown outcome',
    'waiting',
    publishing,
    (d) => d.give({ type: 'publish-answered', outcome: 'unknown' }),
  ],
  [
    'a publication that was fenced',
    'unconfirmed',
    publishing,
    (d) => d.give({ type: 'publish-answered', outcome: 'fenced' }),
  ],
  [
    'a commit that was fenced',
    'unconfirmed',
    committing,
    (d) => d.give({ type: 'commit-answered', outcome: 'fenced' }),
  ],
  ['a claim that was refused', 'halted', claiming, (d) => d.give({ type: 'claim-refused' })],
  ['a step that failed', 'waiting', () => new Driver().running(), (d) => d.give({ type: 'ownership-failed' })],
  [
    'a revocation',
    'released',
    () => new Driver().running(),
    (d) => d.give({ type: 'publish-answered', outcome: 'published' }).give({ type: 'revoked' }),
  ],
];

function claiming(): Driver {
  return new Driver().give({ type: 'assigned' }).give(owned([0, 0]));
}

function committing(): Driver {
  return idle().folding('c1', [2, 0], record(1));
}

function publishing(): Driver {
  return committing().give({ type: 'commit-answered', outcome: 'committed' });
}

/** Running, with no work to do. */
function idle(): Driver {
  return new Driver({ firstBackoffMs: 1, maxBackoffMs: 2 ** 30 }).running([1, 0], { meta: meta([1, 0], [1, 0]) });
}

describe('attempts', () => {
  test.each(ENDS)('%s raises the number by one', (_, phase, begin, end) => {
    const driver = begin();
    const { attempt } = driver.machine;
    end(driver);
    expect([driver.machine.phase, driver.machine.attempt]).toEqual([phase, attempt + 1]);
  });

  test('the next try has the next number, and says so to the shell', () => {
    const driver = publishing().give({ type: 'publish-answered', outcome: 'unknown' });
    const { attempt } = driver.machine;
    expect(driver.command('wake').attempt).toBe(attempt);
    driver.give({ type: 'woken' });
    expect([driver.machine.attempt, driver.command('own').attempt]).toEqual([attempt + 1, attempt + 1]);
  });

  test('a second answer to one fold changes nothing', () => {
    for (const driver of [idle(), committing(), publishing()]) {
      const { machine } = driver;
      driver.give({ type: 'folded', commitId: 'c9', folded: [9, 0], records: [record(8)], more: true });
      expect([driver.machine, driver.commands]).toEqual([machine, []]);
    }
  });

  test('failures are forgotten with a publication', () => {
    const driver = publishing();
    driver.give({ type: 'publish-answered', outcome: 'unknown' }).give({ type: 'woken' });
    const claim = { epoch: 8, meta: meta([2, 0], [1, 0]), outbox: [blob('c1', [2, 0], record(1))] };
    driver.give(owned([1, 0])).give({ type: 'claimed', claim, logStart: [0, 0] });
    expect(driver.machine).toMatchObject({ phase: 'running', failures: 1 });
    driver.give({ type: 'publish-answered', outcome: 'published' });
    expect(driver.machine.failures).toBe(0);
  });

  test('an answer to an older attempt changes nothing', () => {
    const driver = publishing();
    const { machine } = driver;
    driver.give({ type: 'publish-answered', outcome: 'published', attempt: machine.attempt - 1 });
    expect([driver.machine, driver.commands]).toEqual([machine, []]);
  });
});

describe('waiting', () => {
  test('lasts 0.1 s to 10 s unless the settings say otherwise, and four commits may wait to be published', () => {
    expect(DEFAULT_MACHINE_SETTINGS).toMatchObject({ firstBackoffMs: 100, maxBackoffMs: 10_000, maxOutbox: 4 });
    const { onStateLost, onOffsetsExpired, onLogLost } = DEFAULT_MACHINE_SETTINGS;
    expect([onStateLost, onOffsetsExpired, onLogLost]).toEqual(['halt', 'halt', 'halt']);
  });

  const expected = Array.from({ length: 24 }, (_, failures) => 2 ** Math.min(failures, 20));

  test('before owning again it doubles with each failure, twenty times', () => {
    const driver = idle();
    const waits = expected.map(() => {
      driver.give({ type: 'ownership-failed' });
      const { afterMs } = driver.command('wake');
      driver.give({ type: 'woken' });
      return afterMs;
    });
    expect(waits).toEqual(expected);
  });

  test('before sending a commit again it doubles with each failure, twenty times', () => {
    const driver = committing();
    const waits = expected.map(() => {
      driver.give({ type: 'commit-answered', outcome: 'unknown' });
      return driver.command('commit').resendAfterMs;
    });
    expect(waits).toEqual(expected);
  });

  test('ends at the longest one, and starts again after a commit', () => {
    const driver = new Driver({ firstBackoffMs: 100, maxBackoffMs: 350 }).running([1, 0], {
      meta: meta([1, 0], [1, 0]),
    });
    const failed = () => {
      driver.give({ type: 'commit-answered', outcome: 'unknown' });
      return driver.command('commit').resendAfterMs;
    };
    driver.folding('c1', [1, 0], record(0));
    expect([failed(), failed(), failed(), failed()]).toEqual([100, 200, 350, 350]);
    driver
      .give({ type: 'commit-answered', outcome: 'committed' })
      .give({ type: 'publish-answered', outcome: 'published' });
    driver.folding('c2', [2, 0], record(1));
    expect(failed()).toBe(100);
  });
});

describe('what the log no longer holds', () => {
  test('matters from the folded offsets on, not from the emitted ones', () => {
    const kept = new Driver().running([2, 0], { meta: meta([5, 0], [2, 0]), logStart: [4, 0] });
    expect([kept.machine.phase, kept.types]).toEqual(['running', expect.not.arrayContaining(['lost'])]);
    const gone = new Driver().running([6, 0], { meta: meta([2, 0], [6, 0]), logStart: [4, 0] });
    expect(gone.machine.phase).toBe('halted');
    expect(gone.command('lost')).toMatchObject({ reason: 'log-lost', topics: [0], from: [2, 0], to: [4, 0] });
  });
});

describe('group offsets that were overruled', () => {
  test('are written at once, also for one reason alone', () => {
    const driver = new Driver({ emittedReads: 0 }).running([1, 0], { meta: meta([3, 0], [3, 0]) });
    expect(driver.types.filter((type) => type === 'offsets-overruled')).toHaveLength(1);
    expect(driver.command('publish')).toMatchObject({ records: [], emitted: [3, 0] });
  });
});
