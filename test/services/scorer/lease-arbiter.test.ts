import type { Beat, TakeOver } from '../../../src/domain/lease';
import type { Clock } from '../../../src/ports/clock';
import type { Fact } from '../../../src/ports/observer';
import { LeaseArbiter } from '../../../src/services/scorer/lease-arbiter';
import { SimulatedTable } from '../../delivery/leases/simulated-table';
import { until } from '../../support/process';

const SETTINGS = { leaseMs: 1_000, beatMs: 200, graceMs: 5_000, settleMs: 400 };

/** Time goes on by what is slept, at once. */
function fastClock(): Clock {
  let ms = 0;
  return {
    nowMs: () => ms,
    elapsedS: () => ms / 1_000,
    sleep: async (forMs, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (!signal?.aborted) ms += forMs;
    },
  };
}

class Deployment {
  readonly simulated = new SimulatedTable();
  isAway = false;
  private readonly members: LeaseArbiter[] = [];

  member(name: string) {
    const facts: Fact[] = [];
    const serving = new Set<number>();
    const confirmed: number[] = [];
    const observer = { observe: (fact: Fact) => void facts.push(fact), notice: () => undefined };
    const reached =
      <T>(run: () => T) =>
      async () => {
        if (this.isAway) throw new Error('away');
        return run();
      };
    const table = {
      beat: (beat: Beat) => reached(() => this.simulated.beat(beat))(),
      take: (take: TakeOver) => reached(() => this.simulated.take(take))(),
      leave: (member: string) => reached(() => this.simulated.leave(member))(),
      close: async () => undefined,
    };
    const arbiter = new LeaseArbiter(name, { table, clock: fastClock(), observer }, SETTINGS);
    arbiter.start({
      serve: (p) => void serving.add(p),
      cease: async (p) => void serving.delete(p),
      confirm: (p) => void confirmed.push(p),
    });
    arbiter.connected(true);
    this.members.push(arbiter);
    const join = (...partitions: number[]) => {
      arbiter.joining();
      arbiter.joined(partitions);
    };
    return { arbiter, serving, confirmed, facts, join };
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
    await Promise.all(this.members.map((member) => member.leave()));
  }
}

describe('LeaseArbiter', () => {
  let deployment: Deployment;
  beforeEach(() => {
    deployment = new Deployment();
  });
  afterEach(() => deployment.close());

  test('serves what the group assigned, reports it, and gives it back with its place', async () => {
    const a = deployment.member('a');
    a.join(1, 2);
    await until('it serves', () => a.serving.size === 2);
    expect([...a.arbiter.joining()]).toEqual([1, 2]);
    await a.arbiter.stop();
    expect(a.serving.size).toBe(0);
    await a.arbiter.leave();
    expect(deployment.simulated.view()).toEqual({ members: new Map(), holders: new Map() });
  });

  test('takes over from a member that fell silent, and says so', async () => {
    const first = { member: 'dead', beats: 1, isAble: true, wants: [], isFirst: true };
    deployment.simulated.beat({ ...first, frees: [], gives: [], takes: [], fills: [3] });
    const a = deployment.member('a');
    await until('it serves', () => a.serving.has(3));
    expect(a.facts).toEqual([{ kind: 'lease-moved', how: 'taken', partitions: [3] }]);
    expect([...deployment.simulated.view().members.keys()]).toEqual(['a']);
  });

  test('yields to another holder, and gets the partition back after a while', async () => {
    const a = deployment.member('a');
    a.join(1);
    await until('it serves', () => a.serving.has(1));
    const b = deployment.member('b');
    await until('both are known', () => deployment.simulated.view().members.size === 2);
    const seen = deployment.simulated.view().members.get('a')!;
    expect(deployment.simulated.take({ member: 'b', from: 'a', seen, partitions: [1] })).toEqual([1]);
    await until('it yields', () => !a.serving.has(1));
    expect(a.facts.at(-1)).toEqual({ kind: 'lease-moved', how: 'yielded', partitions: [1] });
    a.arbiter.alive();
    a.arbiter.alive();
    deployment.simulated.beat({ ...noBeat('b'), frees: [1] });
    await until('it serves again', () => a.serving.has(1));
    expect(b.serving.size).toBe(0);
  });

  test('confirms a fenced owner once group and table agree', async () => {
    const a = deployment.member('a');
    a.join(1);
    await until('it serves', () => a.serving.has(1));
    a.arbiter.unsure(1);
    expect(a.confirmed).toEqual([]);
    a.arbiter.alive();
    await until('it is confirmed', () => a.confirmed.length === 1);
  });

  test('without the table, the group alone decides', async () => {
    deployment.isAway = true;
    const a = deployment.member('a');
    a.join(1);
    await until('it serves', () => a.serving.has(1));
  });
});

function noBeat(member: string): Beat {
  return { member, beats: 0, isAble: true, wants: [], isFirst: false, frees: [], gives: [], takes: [], fills: [] };
}
