import { DEFAULT_MACHINE_SETTINGS, idleMachine } from '../../src/delivery/protocol';
import { startAnew } from '../../src/delivery/start-anew';
import { blob, Driver, meta, type Numbered } from './machine-driver';

const SETTINGS = { ...DEFAULT_MACHINE_SETTINGS, onLogLost: 'continue' as const };

/** Three topics now, two when the state was stored. `recreated` lists those that are another log. */
function anew(recreated: readonly number[], change: Partial<Parameters<typeof startAnew<Numbered>>[0]> = {}) {
  const machine = { ...idleMachine<Numbered>(), emitted: [8, 6], tail: { emitted: [9, 7], exact: true }, ...change };
  const records = [7, 8, 9].map((n) => ({ n, covers: [n, -1, -1] }));
  const claim = { epoch: 3, meta: meta([10, 7], [8, 5]), outbox: [{ ...blob('c1', [10, 7]), records }], recreated };
  return startAnew(machine, claim, [40, 2, 1], SETTINGS);
}

describe('a topic that was created again', () => {
  test('is folded from the start of its new log; the others stay, and a topic that was added begins at 0', () => {
    const { claim, machine } = anew([0])!;
    expect(claim.meta).toMatchObject({ commitIds: ['m'], folded: [40, 7, 0], published: [40, 5, 0] });
    expect(machine).toMatchObject({ emitted: [40, 6, 0], tail: { emitted: [40, 7, 0], exact: true } });
    expect(claim.outbox[0]!.folded).toEqual([40, 7, 0]);
    expect(anew([1])!.claim.meta).toMatchObject({ folded: [10, 2, 0], published: [8, 2, 0] });
  });

  test('leaves what was published of the old log published, and keeps the rest unpublished', () => {
    // Everything below 8 is published: only the records of 8 and 9 wait.
    expect(anew([0])!.claim.outbox[0]!.records.map(({ covers }) => covers)).toEqual([
      [-1, -1, -1],
      [40, -1, -1],
      [40, -1, -1],
    ]);
    expect(anew([1])!.claim.outbox[0]!.records.map(({ covers }) => covers[0])).toEqual([7, 8, 9]);
  });

  test('a topic without known offsets begins at 0 in its new log too', () => {
    const machine = { ...idleMachine<Numbered>(), emitted: [8, 6] };
    const waiting = { ...blob('c1', [10, 7, 1]), records: [{ n: 0, covers: [-1, -1, 0] }] };
    const claim = { epoch: 3, meta: meta([10, 7], [8, 5]), outbox: [waiting], recreated: [2] };
    const started = startAnew(machine, claim, [4, 2], SETTINGS)!;
    expect(started.claim.outbox[0]!.records[0]!.covers).toEqual([-1, -1, 0]);
  });

  test('is reported with what it costs, by the policy of a lost log', () => {
    expect(anew([0, 1])!.report).toEqual({
      type: 'lost',
      reason: 'topic-recreated',
      policy: 'continue',
      topics: [0, 1],
      from: [10, 7],
      to: [40, 2, 1],
    });
  });

  test('explains absent group offsets only if every topic that was read is another log', () => {
    expect(anew([0], { emitted: null })!.machine.emitted).toBeNull();
    expect(anew([0, 1], { emitted: null })!.machine.emitted).toEqual([40, 2, 0]);
    expect(anew([0], { tail: null })!.machine.tail).toBeNull();
  });

  test('is none, or has no state: nothing starts again', () => {
    expect(anew([])).toBeNull();
    const bare = { epoch: 3, meta: null, outbox: [], recreated: [0] };
    expect(startAnew(idleMachine<Numbered>(), bare, [40, 2, 1], SETTINGS)).toBeNull();
    const { recreated: _, ...unaware } = { epoch: 3, meta: meta([1, 1]), outbox: [], recreated: [0] };
    expect(startAnew(idleMachine<Numbered>(), unaware, [40, 2, 1], SETTINGS)).toBeNull();
  });
});

describe('a change of the log', () => {
  test('makes a partition that runs claim again, and no other', () => {
    const running = new Driver().running([1, 0], { meta: meta([1, 0], [1, 0]) }).give({ type: 'log-changed' });
    expect([running.machine.phase, running.types]).toEqual(['owning', expect.arrayContaining(['own'])]);
    for (const driver of [new Driver(), new Driver().give({ type: 'assigned' })]) {
      const { machine } = driver;
      driver.give({ type: 'log-changed' });
      expect([driver.machine, driver.commands]).toEqual([machine, []]);
    }
  });
});
