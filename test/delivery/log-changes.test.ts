import { blob, Driver, meta, owned, record } from './machine-driver';

const CONTINUE = { onLogLost: 'continue' } as const;

/** A partition with folded offsets [10, 4]. Its topic 0 was deleted and created again. */
function recreated(
  settings = {},
  outbox: ReturnType<typeof blob>[] = [],
  published: readonly number[] = [10, 4],
): Driver {
  const driver = new Driver(settings).give({ type: 'assigned' }).give(owned([10, 4]));
  const claim = { epoch: 7, meta: meta([10, 4], published), outbox, recreated: [0], logEnd: [30, 9] };
  return driver.give({ type: 'claimed', claim, logStart: [0, 0] });
}

describe('the log changes under a running partition', () => {
  test('both lanes are finished, nothing more is folded, and then it is owned and claimed again', () => {
    const driver = new Driver().running().folding('c1', [1, 0], record(0));
    expect(driver.give({ type: 'log-changed' }).types).toEqual([]);
    expect(driver.give({ type: 'available' }).types).toEqual([]);
    expect(driver.give({ type: 'commit-answered', outcome: 'committed' }).types).toEqual(['publish']);
    expect(driver.give({ type: 'publish-answered', outcome: 'published' }).types).toEqual(['trim', 'drop', 'own']);
    expect(driver.machine.phase).toBe('owning');
  });

  test('an idle one is claimed again at once; one that does not run is not woken', () => {
    expect(new Driver().running().give({ type: 'log-changed' }).types).toEqual(['drop', 'own']);
    const halted = new Driver().running([3, 0]);
    expect(halted.give({ type: 'log-changed' }).types).toEqual([]);
    expect(halted.machine.phase).toBe('halted');
  });
});

describe('a topic that was created again', () => {
  test('halts by default, and names the topic', () => {
    const driver = recreated();
    expect(driver.machine.phase).toBe('halted');
    expect(driver.command('lost')).toMatchObject({ reason: 'topic-recreated', topics: [0], policy: 'halt' });
  });

  test('with continue starts at the new log’s start: E is written there before anything is folded', () => {
    const driver = recreated(CONTINUE);
    expect(driver.command('position').folded).toEqual([0, 4]);
    expect(driver.command('publish')).toMatchObject({ records: [], emitted: [0, 4] });
    expect(driver.give({ type: 'available' }).types).toEqual([]);
    const fold = driver.give({ type: 'publish-answered', outcome: 'published' }).command('fold');
    expect(fold).toMatchObject({ folded: [0, 4], emitted: [0, 4] });
  });

  test('what the outbox holds of the old log is published, each record once, and moves E to nothing of it', () => {
    const waiting = [blob('c8', [8, 4], record(7)), blob('c9', [10, 4], record(9))];
    const { records, emitted } = recreated(CONTINUE, waiting, [8, 4]).command('publish');
    expect([records.map(({ n }) => n), emitted]).toEqual([[9], [0, 4]]);
  });

  test('with the offsets of every topic that was read from, the group’s are no expiry', () => {
    const driver = new Driver(CONTINUE).give({ type: 'assigned' }).give(owned(null));
    const claim = { epoch: 7, meta: meta([10, 0]), outbox: [], recreated: [0], logEnd: [30, 0] };
    driver.give({ type: 'claimed', claim, logStart: [0, 0] });
    expect(driver.machine.phase).toBe('running');
    expect(driver.types.filter((type) => type === 'lost')).toHaveLength(1);
  });
});

describe('a log that ends below what was folded', () => {
  const at = (settings = {}) => {
    const driver = new Driver(settings).give({ type: 'assigned' }).give(owned([10, 4]));
    const claim = { epoch: 7, meta: meta([10, 4]), outbox: [], logEnd: [6, 4] };
    return driver.give({ type: 'claimed', claim, logStart: [0, 0] });
  };

  test('halts by default, and names the range', () => {
    expect(at().machine.phase).toBe('halted');
    expect(at().command('lost')).toMatchObject({ reason: 'log-truncated', topics: [0], from: [6, 4], to: [10, 4] });
  });

  test('a topic that lost its start and one that lost its end are two reports', () => {
    const driver = new Driver().give({ type: 'assigned' }).give(owned([10, 4]));
    const claim = { epoch: 7, meta: meta([10, 4]), outbox: [], logEnd: [30, 3] };
    expect(driver.give({ type: 'claimed', claim, logStart: [12, 0] }).commands).toEqual([
      { type: 'lost', reason: 'log-lost', policy: 'halt', topics: [0], from: [10, 4], to: [12, 0] },
      { type: 'lost', reason: 'log-truncated', policy: 'halt', topics: [1], from: [30, 3], to: [10, 4] },
    ]);
  });

  test('with continue waits at F', () => {
    expect(at(CONTINUE).command('position').folded).toEqual([10, 4]);
  });
});
