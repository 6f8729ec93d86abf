import { away, isDone, SETTINGS, START_MS, settled } from '../../support/scorer-world';
import { openScorer, startedScorer, updatesOf } from '../../support/started-scorer';

const announced = (seed: number, version = `m-${seed}`) => ({
  ...{ version, artefact: new Uint8Array([seed]), announcedAtMs: 77, note: '', sequence: 0 },
});

describe('the model at the start', () => {
  test('is the first one if none is current, and is stored', async () => {
    const { world, service } = await startedScorer();
    const note = 'the model that the deployment starts from';
    const artefact = new Uint8Array([3]);
    expect(world.callsOf('keep')).toEqual([[{ version: 'm-3', artefact, announcedAtMs: START_MS, note }]]);
    expect(service.modelVersion).toBe('m-3');
    expect(world.facts('model-swapped')).toEqual([]);
  });

  test('is the current one, before anything is read from the log', async () => {
    const { world, service } = openScorer();
    let answer: (announcement: ReturnType<typeof announced>) => void = () => undefined;
    world.registry.current = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const starting = service.start();
    expect(await isDone(starting)).toBe(false);
    expect(world.handlers).toBeNull();
    answer(announced(5));
    await starting;
    expect(world.handlers).not.toBeNull();
    expect(service.modelVersion).toBe('m-5');
    expect(world.facts('model-swapped')).toEqual([{ version: 'm-5', announcedAtMs: 77 }]);
    expect(world.callsOf('keep')).toEqual([]);
  });

  test('is requested again a second after the model registry failed', async () => {
    const { world, service } = openScorer();
    world.registry.current = () => Promise.reject(away());
    void service.start();
    await settled();
    const detail = { error: 'Error: no answer' };
    expect(world.observed).toEqual([
      { level: 'warn', message: 'could not read the current model; trying again', detail },
    ]);
    expect(world.clock.waitsMs).toEqual([1_000]);
    world.registry.current = async () => announced(5);
    await world.clock.pass(1_000);
    expect(service.modelVersion).toBe('m-5');
    expect(world.handlers).not.toBeNull();
  });

  test('scores also if it cannot be stored', async () => {
    const { world, service } = await startedScorer({}, ({ registry }) => {
      registry.keep = () => Promise.reject(away());
    });
    expect(world.notices).toEqual([expect.stringMatching(/^warn: could not store the first model; audit --rescore/)]);
    expect(service.readiness()).toEqual({ ready: true, reasons: [] });
  });

  test('is not waited for by a service that is stopped', async () => {
    const { world, service } = openScorer();
    let fail: (error: Error) => void = () => undefined;
    world.registry.current = () =>
      new Promise((_, reject) => {
        fail = reject;
      });
    const starting = service.start();
    await service.stop();
    fail(away());
    await starting;
    expect(world.handlers).toBeNull();
    expect(world.observed).toEqual([]);
  });
});

describe('a model that is announced', () => {
  test('scores from the next batch on', async () => {
    const { world, service, assign, order } = await startedScorer();
    await assign(1);
    await order(1, 0);
    world.announce(announced(5));
    await order(1, 1);
    expect(service.modelVersion).toBe('m-5');
    expect(updatesOf(world).map(({ modelVersion }) => modelVersion)).toEqual(['m-3', 'm-5']);
    expect(world.facts('model-swapped')).toEqual([{ version: 'm-5', announcedAtMs: 77 }]);
  });

  test('is not opened if it scores already', async () => {
    const { world } = await startedScorer();
    world.announce(announced(0, 'm-3'));
    expect([world.facts('model-refused'), world.facts('model-swapped')]).toEqual([[], []]);
  });

  test('is reported if it is refused, and the one before scores on', async () => {
    const { world, service } = await startedScorer();
    world.announce(announced(0, 'm-9'));
    expect(world.facts('model-refused')).toEqual([{ version: 'm-9', reason: 'bad-digest' }]);
    expect(service.modelVersion).toBe('m-3');
  });

  test('is watched for again if the watch fails', async () => {
    const { world } = await startedScorer({}, ({ registry }) => {
      const { watchCurrent } = registry;
      registry.watchCurrent = () => {
        registry.watchCurrent = watchCurrent;
        return Promise.reject(away());
      };
    });
    await settled();
    expect(world.notices).toEqual(['warn: could not watch for models; trying again']);
    await world.clock.pass(1_000);
    world.announce(announced(5));
    expect(world.facts('model-swapped')).toHaveLength(1);
  });
});

describe('readiness', () => {
  test('needs the log', async () => {
    const { world, service } = openScorer();
    expect(service.readiness()).toEqual({ ready: false, reasons: ['the log is not reachable'] });
    await service.start();
    world.handlers!.connected(true, 'joined');
    expect(service.readiness()).toEqual({ ready: true, reasons: [] });
    world.handlers!.connected(false, 'gone');
    expect(service.readiness().ready).toBe(false);
    expect(world.facts('dependency')).toEqual([
      { name: 'embedded', up: true, reason: 'joined' },
      { name: 'embedded', up: false, reason: 'gone' },
    ]);
  });

  test('needs every partition to run, and names those that do not, with the reason', async () => {
    const { world, service, assign } = await startedScorer();
    const { claim } = world.store;
    world.store.claim = (partition) => {
      if (partition === 0) return claim(partition);
      return partition === 1 ? Promise.reject(away()) : new Promise(() => undefined);
    };
    await assign(0, 1, 2);
    await world.clock.pass(2_600);
    expect(service.readiness().reasons).toEqual([
      expect.stringMatching(
        /^partition 1 has stood still for 3 s: could not claim its state; trying again\. no answer/,
      ),
      'partition 2 is claiming',
    ]);
  });

  test('reports a halted partition as halted', async () => {
    const { service, assign } = await startedScorer({}, (world) => {
      world.claim = { ...world.claim, foreign: 'other' };
    });
    await assign(1);
    expect(service.readiness()).toEqual({ ready: false, reasons: ['partition 1 is halted'] });
  });

  test('needs a group of its own; another member is logged once, and again when it is gone', async () => {
    const { world, service, log } = await startedScorer();
    for (const other of [null, 'CLV_APP x', 'CLV_APP x']) log.shared(other);
    expect(world.notices).toEqual([
      expect.stringMatching(/^error: another deployment is a member of the same consumer group: CLV_APP x\. /),
    ]);
    expect(service.readiness().reasons).toEqual([expect.stringContaining('same consumer group: CLV_APP x.')]);
    log.shared(null);
    log.shared(null);
    expect(world.notices.slice(1)).toEqual(['info: the group is of this deployment alone again']);
    expect(service.readiness().ready).toBe(true);
  });

  test('needs the topics; if a topic was created again, every partition is claimed again', async () => {
    const { world, service, log, assign } = await startedScorer();
    await assign(0, 1);
    const look = async (id: string, partitions: number) => {
      const topics = new Map(SETTINGS.topics.map((name) => [name, { id: `${name} ${id}`, partitions }]));
      log.looked({ cluster: 'k', topics });
      await settled();
    };
    await look('a', 3);
    await look('a', 3);
    expect([service.readiness().ready, world.callsOf('claim').length]).toEqual([true, 2]);
    await look('b', 3);
    expect(world.callsOf('claim')).toEqual([[0], [1], [0], [1]]);
    await look('b', 4);
    expect(service.readiness().reasons).toHaveLength(6);
  });
});
