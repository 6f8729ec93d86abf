import { blob, Driver, meta, owned, record } from './machine-driver';

describe('own, claim, position', () => {
  test('the store is claimed only after E was read, and nothing runs before', () => {
    const driver = new Driver().give({ type: 'assigned' });
    expect(driver.types).toEqual(['drop', 'own']);
    expect(driver.give({ type: 'available' }).types).toEqual([]);
    expect(driver.give(owned([0, 0])).types).toEqual(['claim']);
    expect(driver.give({ type: 'tick' }).types).toEqual([]);
  });

  test('the source is positioned at F, or where the log starts without a state', () => {
    expect(new Driver().running([4, 1], { meta: meta([6, 2]) }).command('position').folded).toEqual([6, 2]);
    expect(new Driver().running([0, 0], { logStart: [5, 0] }).command('position').folded).toEqual([5, 0]);
  });

  test("E is the greater of the group’s and the store's published offsets, per topic", () => {
    const driver = new Driver({ transactional: false }).running([4, 1], { meta: meta([6, 2], [3, 2]) });
    expect(driver.machine.emitted).toEqual([4, 2]);
  });

  test('a failure to own or claim backs off, doubling up to a bound', () => {
    const driver = new Driver({ firstBackoffMs: 100, maxBackoffMs: 300 }).give({ type: 'assigned' });
    const waits = Array.from({ length: 4 }, () => {
      const { afterMs } = driver.give({ type: 'ownership-failed' }).command('wake');
      expect(driver.give({ type: 'woken' }).types).toEqual(['drop', 'own']);
      return afterMs;
    });
    expect(waits).toEqual([100, 200, 300, 300]);
  });

  test('a failure wakes neither what is halted nor what was released', () => {
    const halted = new Driver().running([3, 0]);
    expect(halted.machine.phase).toBe('halted');
    expect(halted.give({ type: 'ownership-failed' }).types).toEqual([]);
    const released = new Driver().running().give({ type: 'revoked' });
    expect(released.give({ type: 'ownership-failed' }).types).toEqual([]);
    expect(released.machine.phase).toBe('released');
  });

  test("a claim that is refused halts for good: another deployment's state is not requested again and again", () => {
    const refused = new Driver().give({ type: 'assigned' }).give(owned([0, 0]));
    expect(refused.give({ type: 'claim-refused' }).types).toEqual(['drop']);
    expect(refused.machine.phase).toBe('halted');
    for (const input of [{ type: 'confirmed' }, { type: 'tick' }, { type: 'available' }] as const) {
      expect(refused.give(input).types).toEqual([]);
    }
    expect(refused.give({ type: 'revoked' }).types).toEqual(['drop', 'released']);
  });

  test('answers to an older attempt change nothing', () => {
    const driver = new Driver().running([0, 0], { meta: meta([2, 0]), outbox: [blob('m', [2, 0], record(1))] });
    const old = driver.machine.attempt;
    driver.give({ type: 'publish-answered', outcome: 'unknown' }).give({ type: 'woken' });
    const before = driver.machine;
    for (const input of [
      { ...owned([9, 9]), attempt: old },
      { type: 'publish-answered', attempt: old, outcome: 'published' },
      { type: 'commit-answered', attempt: old, outcome: 'committed' },
      { type: 'ownership-failed', attempt: old },
      { type: 'commit-chain-answered', attempt: old, commitId: 'x' },
      { type: 'woken', attempt: old },
    ] as const) {
      expect(driver.give(input).types).toEqual([]);
      expect(driver.machine).toBe(before);
    }
  });
});

describe('the first E', () => {
  test('is zeros, written before anything is folded', () => {
    const driver = new Driver().running(null, { logStart: [5, 0] });
    expect(driver.command('publish')).toMatchObject({ records: [], emitted: [0, 0] });
    expect(driver.give({ type: 'available' }).types).toEqual([]);
    expect(driver.give({ type: 'publish-answered', outcome: 'published' }).types).toEqual(['fold']);
  });

  test('E absent beside a state is read once more: another owner may have written both since', () => {
    const driver = new Driver().running(null, { meta: meta([2, 0]) });
    expect(driver.types).toEqual(['drop', 'own']);
    driver.give(owned([0, 0]));
    driver.give({ type: 'claimed', claim: { epoch: 8, meta: meta([2, 0]), outbox: [] }, logStart: [0, 0] });
    expect(driver.types).toEqual(['position']);
  });
});

describe('losses', () => {
  const again = (driver: Driver, published: readonly number[]): Driver =>
    driver
      .running(null, { meta: meta([2, 3], published) })
      .give(owned(null))
      .give({ type: 'claimed', claim: { epoch: 8, meta: meta([2, 3], published), outbox: [] }, logStart: [0, 0] });

  test('no state although E moved: halts, and reports from where to where', () => {
    const driver = new Driver().running([3, 0]);
    expect(driver.commands).toEqual([
      { type: 'lost', reason: 'state-lost', policy: 'halt', topics: [0], from: [0, 0], to: [3, 0] },
    ]);
    expect(driver.give({ type: 'available' }).give({ type: 'tick' }).types).toEqual([]);
  });

  test('also if the log holds nothing below E any more', () => {
    const driver = new Driver().running([3, 3], { logStart: [3, 4] });
    expect(driver.commands.map((command) => command.type === 'lost' && command.reason)).toEqual([
      'state-lost',
      'log-lost',
    ]);
    expect(driver.machine.phase).toBe('halted');
  });

  test('continue: folds again what the log still holds, publishes nothing below E', () => {
    const driver = new Driver({ onStateLost: 'continue' }).running([2, 0]);
    expect(driver.types).toEqual(['lost', 'position']);
    expect(driver.command('position').folded).toEqual([0, 0]);
    driver
      .folding('a', [3, 0], record(0), record(1), record(2))
      .give({ type: 'commit-answered', outcome: 'committed' });
    expect(driver.command('publish')).toMatchObject({ records: [record(2)], emitted: [3, 0] });
  });

  test("E still absent: the group’s offsets expired; halts, or continues from the store's offsets", () => {
    const once = { emittedReads: 0 };
    expect(again(new Driver(once), [1, 3]).command('lost').reason).toBe('offsets-expired');
    const driver = again(new Driver({ ...once, onOffsetsExpired: 'continue' }), [1, 3]);
    expect(driver.types).toEqual(['lost', 'position', 'publish']);
    expect(driver.command('publish').emitted).toEqual([1, 3]);
  });

  test('the log no longer holds F: halts, or goes on where the log starts', () => {
    const claim = { meta: meta([2, 3]), logStart: [4, 0] };
    expect(new Driver().running([2, 3], claim).command('lost')).toMatchObject({ reason: 'log-lost', topics: [0] });
    const driver = new Driver({ onLogLost: 'continue' }).running([2, 3], claim);
    expect(driver.command('position').folded).toEqual([4, 3]);
  });

  test('a fresh partition of an old log lost nothing', () => {
    expect(new Driver().running([0, 0], { logStart: [50, 9] }).types).toEqual(['position']);
  });
});

describe('drain', () => {
  const outbox = [blob('x', [2, 1], record(1), record(0, 1)), blob('m', [3, 1], record(2))];

  test('publishes what covers a position not below E, with the new E, then trims', () => {
    const driver = new Driver().running([2, 0], { meta: meta([3, 1]), outbox });
    expect(driver.command('publish')).toMatchObject({ records: [record(0, 1), record(2)], emitted: [3, 1] });
    expect(driver.give({ type: 'publish-answered', outcome: 'published' }).commands).toEqual([
      { type: 'trim', commitId: 'm', published: [3, 1] },
    ]);
    expect(driver.machine.outbox).toEqual([]);
  });

  test('what E covers is only trimmed', () => {
    const driver = new Driver().running([3, 1], { meta: meta([3, 1]), outbox });
    expect(driver.types).toEqual(['position', 'trim']);
  });

  test('a blob without records still moves E', () => {
    const driver = new Driver().running([0, 0], { meta: meta([3, 0]), outbox: [blob('m', [3, 0])] });
    expect(driver.command('publish')).toMatchObject({ records: [], emitted: [3, 0] });
  });

  test('of unknown outcome: the publisher is thrown away and claimed again', () => {
    const driver = new Driver().running([0, 0], { meta: meta([3, 1]), outbox });
    expect(driver.give({ type: 'publish-answered', outcome: 'unknown' }).types).toEqual(['drop', 'wake']);
    expect(driver.give({ type: 'woken' }).types).toEqual(['drop', 'own']);
  });

  test('fenced: waits for the group’s word, then backs off, then owns', () => {
    const driver = new Driver().running([0, 0], { meta: meta([3, 1]), outbox });
    expect(driver.give({ type: 'publish-answered', outcome: 'fenced' }).commands).toEqual([
      { type: 'fenced', by: 'log' },
      { type: 'drop' },
    ]);
    expect(driver.give({ type: 'woken' }).types).toEqual([]);
    expect(driver.give({ type: 'confirmed' }).types).toEqual(['drop', 'wake']);
    expect(driver.give({ type: 'woken' }).types).toEqual(['drop', 'own']);
  });
});

describe('fold and commit', () => {
  test('a commit names epoch and commit id; the next one follows it', () => {
    const driver = new Driver().running([2, 0], { meta: meta([2, 0]) }).folding('a', [3, 0], record(2));
    expect(driver.command('commit')).toMatchObject({ epoch: 7, follows: 'm', commitId: 'a', resendAfterMs: 0 });
    driver.give({ type: 'commit-answered', outcome: 'committed' }).folding('b', [4, 0], record(3));
    expect(driver.command('commit')).toMatchObject({ follows: 'a', commitId: 'b' });
  });

  test('of unknown outcome: the same again, after a while', () => {
    const driver = new Driver({ firstBackoffMs: 50 }).running().folding('a', [1, 0], record(0));
    const sent = driver.command('commit');
    driver.give({ type: 'commit-answered', outcome: 'unknown' });
    expect(driver.commands).toEqual([{ ...sent, resendAfterMs: 50 }]);
    expect(driver.give({ type: 'commit-answered', outcome: 'unknown' }).command('commit').resendAfterMs).toBe(100);
  });

  test('fenced: nothing is taken for folded', () => {
    const driver = new Driver().running().folding('a', [1, 0], record(0));
    expect(driver.give({ type: 'commit-answered', outcome: 'fenced' }).commands).toEqual([
      { type: 'fenced', by: 'store' },
      { type: 'drop' },
    ]);
    expect(driver.machine).toMatchObject({ phase: 'unconfirmed', committing: null, outbox: [], folded: [] });
  });

  test('states of another commit are not committed', () => {
    const driver = new Driver().running([2, 0], { meta: meta([2, 0]) }).give({ type: 'available' });
    const folded = { type: 'folded', commitId: 'a', folded: [3, 0], records: [record(2)], more: false } as const;
    expect(
      new Driver()
        .running([2, 0], { meta: meta([2, 0]) })
        .give({ type: 'available' })
        .give({ ...folded, loadedAt: 'm' }).types,
    ).toEqual(['commit']);
    expect(driver.give({ ...folded, loadedAt: 'n' }).types).toEqual(['fenced', 'drop']);
  });

  test('a store that publishes by itself skips the drain', () => {
    const driver = new Driver().running().folding('a', [1, 0], record(0));
    expect(driver.give({ type: 'commit-answered', outcome: 'published' }).types).toEqual([]);
    expect(driver.machine).toMatchObject({ emitted: [1, 0], folded: [1, 0], outbox: [] });
  });

  test('a fold without records that moves F is committed: an event may change a state without an update', () => {
    const driver = new Driver().running().folding('a', [1, 0]);
    expect(driver.command('commit')).toMatchObject({ folded: [1, 0], records: [] });
    driver.give({ type: 'commit-answered', outcome: 'committed' });
    expect(driver.command('publish')).toMatchObject({ records: [], emitted: [1, 0] });
  });

  test('nothing to fold: no commit; more is waiting: on at once', () => {
    const driver = new Driver().running().folding('a', [0, 0]);
    expect(driver.types).toEqual([]);
    driver.give({ type: 'available' }).give({ type: 'folded', commitId: 'b', folded: [0, 0], records: [], more: true });
    expect(driver.types).toEqual(['fold']);
  });

  test('folds on while the commit before is published, up to the bound of the outbox', () => {
    const driver = new Driver({ maxOutbox: 2 }).running().folding('a', [1, 0], record(0));
    expect(driver.give({ type: 'commit-answered', outcome: 'committed' }).types).toEqual(['publish']);
    driver.folding('b', [2, 0], record(1)).give({ type: 'commit-answered', outcome: 'committed' });
    expect(driver.give({ type: 'available' }).types).toEqual([]);
    driver.give({ type: 'publish-answered', outcome: 'published' });
    expect(driver.types).toEqual(['trim', 'publish', 'fold']);
    expect(driver.command('trim')).toMatchObject({ commitId: 'a', published: [1, 0] });
    expect(driver.command('publish')).toMatchObject({ records: [record(1)], emitted: [2, 0] });
  });
});

describe('idle check', () => {
  test('compares the commit chain only when both lanes are idle', () => {
    const driver = new Driver().running();
    expect(driver.give({ type: 'tick' }).types).toEqual(['check-commit-chain']);
    expect(driver.folding('a', [1, 0], record(0)).give({ type: 'tick' }).types).toEqual([]);
    expect(driver.give({ type: 'commit-chain-answered', commitId: '' }).types).toEqual([]);
  });

  test('the commit chain moved: asks the group first, as the idle one may be the zombie', () => {
    const driver = new Driver().running([2, 0], { meta: meta([2, 0]) });
    expect(driver.give({ type: 'commit-chain-answered', commitId: 'm' }).types).toEqual([]);
    expect(driver.give({ type: 'commit-chain-answered', commitId: 'z' }).types).toEqual(['fenced', 'drop']);
    expect(driver.machine.phase).toBe('unconfirmed');
  });
});

describe('revoked', () => {
  const released = ['drop', 'released'];

  test('idle, owning, waiting, unconfirmed, halted: at once', () => {
    expect(new Driver().running().give({ type: 'revoked' }).types).toEqual(released);
    expect(new Driver().give({ type: 'assigned' }).give({ type: 'revoked' }).types).toEqual(released);
    const waiting = new Driver().give({ type: 'assigned' }).give({ type: 'ownership-failed' });
    expect(waiting.give({ type: 'revoked' }).types).toEqual(released);
    const unconfirmed = new Driver().running().folding('a', [1, 0], record(0));
    unconfirmed.give({ type: 'commit-answered', outcome: 'fenced' });
    expect(unconfirmed.give({ type: 'revoked' }).types).toEqual(released);
    expect(new Driver().running([1, 0]).give({ type: 'revoked' }).types).toEqual(released);
  });

  test('once: a second word of it is not answered again', () => {
    expect(new Driver().running().give({ type: 'revoked' }).give({ type: 'revoked' }).types).toEqual([]);
  });

  test('while folding: the fold is dropped', () => {
    const driver = new Driver().running().give({ type: 'available' });
    expect(driver.give({ type: 'revoked' }).types).toEqual([]);
    const folded = { type: 'folded', commitId: 'a', folded: [1, 0], records: [record(0)], more: true } as const;
    expect(driver.give(folded).types).toEqual(released);
  });

  test('while committing: the commit is finished and published', () => {
    const driver = new Driver().running().folding('a', [1, 0], record(0)).give({ type: 'revoked' });
    expect(driver.types).toEqual([]);
    expect(driver.give({ type: 'commit-answered', outcome: 'unknown' }).types).toEqual(['commit']);
    expect(driver.give({ type: 'commit-answered', outcome: 'committed' }).types).toEqual(['publish']);
    expect(driver.give({ type: 'available' }).types).toEqual([]);
    expect(driver.give({ type: 'publish-answered', outcome: 'published' }).types).toEqual(['trim', ...released]);
  });

  test.each(['fenced', 'unknown'] as const)(
    'while publishing, which ends %s: leaves it to the next owner',
    (outcome) => {
      const driver = new Driver().running().folding('a', [1, 0], record(0));
      driver.give({ type: 'commit-answered', outcome: 'committed' }).give({ type: 'revoked' });
      driver.give({ type: 'publish-answered', outcome });
      expect(driver.types.slice(-2)).toEqual(released);
    },
  );

  test('assigned again: starts over under a new attempt', () => {
    const driver = new Driver().running().give({ type: 'revoked' });
    const { attempt } = driver.machine;
    expect(driver.give({ type: 'assigned' }).command('own').attempt).toBeGreaterThan(attempt);
  });
});
