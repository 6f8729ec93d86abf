import { sha256 } from '../../../src/adapters/system/digest';
import { currencyOf } from '../../../src/domain/currency';
import type { GateVerdict } from '../../../src/domain/promotion/promotion-gate';
import type { ModelAnnouncement } from '../../../src/ports/model-registry';
import { ChampionHistory } from '../../../src/services/trainer/champion';
import { artefactOf, HAND_SETTINGS, handWeights, levelShift } from '../../support/hand-model';
import { MemoryRegistry } from '../../support/memory-topics';
import { MemoryTrainerStore } from '../../support/memory-trainer-store';
import { quietObserver } from '../../support/quiet-observer';
import { realClock } from '../../support/real-clock';

const VERDICT: GateVerdict = {
  ...{ promote: true, origins: 1, customers: 1, closedIntervals: 1, championLoss: 2, challengerLoss: 1 },
  ...{
    improvement: 1,
    z: 2,
    eValue: 2_000,
    neededEValue: 1_000,
    championMiscalibration: 0,
    challengerMiscalibration: 0,
  },
};

const shifted = (by: number) => artefactOf(levelShift(handWeights(), by));

async function opened({ watches = true, registry = new MemoryRegistry(), store = new MemoryTrainerStore() } = {}) {
  const notices: { level: string; message: string }[] = [];
  const ports = { store, registry, observer: quietObserver(notices), clock: realClock, sha256 };
  const open = () =>
    ChampionHistory.open(ports, { firstArtefact: shifted(0), minorPerMajor: 100 }, (progress) =>
      store.commit([], progress),
    );
  const history = await open();
  const watch = new AbortController();
  if (watches) void registry.watchCurrent((current) => history.adopt(current), watch.signal);
  const own = history.contender(shifted(1));
  const foreign = history.contender(shifted(2));
  const announcement = ({ artefact, model }: typeof own): ModelAnnouncement => ({
    ...{ version: model.version, artefact, announcedAtMs: 0, note: 'by hand' },
  });
  const first = history.champion;
  return { registry, store, notices, open, history, own, foreign, first, announcement };
}

test('a promotion keeps the champion before it for a roll-back, also if the watch is faster than the answer', async () => {
  const { history, own, first, registry, store } = await opened();
  await history.promote(own, VERDICT, 'promotions');
  history.save();
  expect(registry.announced.map(({ version }) => version)).toEqual([own.model.version]);
  expect(history.champion.model.version).toBe(own.model.version);
  expect(store.training()).toMatchObject({ promotions: 1, previousArtefact: first.artefact });
});

test('a watch that is slower than the answer does not take our model for that of another program', async () => {
  const { history, own, first, foreign, registry, announcement } = await opened({ watches: false });
  const trial = {
    ...{ championArtefact: first.artefact, challengerArtefact: foreign.artefact },
    startedAtS: 0,
    alpha: 1,
  };
  history.remember({ trial, traineeArtefact: foreign.artefact });
  const read = registry.history.bind(registry);
  registry.history = async (after) => {
    history.adopt({ ...announcement(own), sequence: 0 });
    return read(after);
  };
  expect(await history.recalibrate(own, 'other statistics')).toBe(true);
  expect(history.champion).toBe(own);
  const kept = { trial, traineeArtefact: foreign.artefact, previousArtefact: null, watch: null };
  expect(history.progress).toMatchObject({ recalibrations: 1, ...kept });
});

test('a model that another program announces right after ours is the champion', async () => {
  const { history, own, foreign, first, registry, store, announcement } = await opened();
  const publish = registry.publish.bind(registry);
  registry.publish = async (ours) => {
    await publish(ours);
    await publish(announcement(foreign));
  };
  await history.promote(own, VERDICT, 'promotions');
  history.save();
  expect(history.champion.model.version).toBe(foreign.model.version);
  expect(store.training()).toMatchObject({ promotions: 0, previousArtefact: first.artefact });
});

test('an announcement that failed is no promotion, whatever another program announced meanwhile', async () => {
  const { history, own, foreign, registry, store, notices, announcement } = await opened();
  const publish = registry.publish.bind(registry);
  registry.publish = async () => {
    await publish(announcement(foreign));
    throw new Error('the log is away');
  };
  await history.promote(own, VERDICT, 'promotions');
  history.save();
  expect(history.champion.model.version).toBe(foreign.model.version);
  expect(store.training()).toMatchObject({ promotions: 0, championVersion: foreign.model.version });
  expect(notices.map(({ message }) => message)).toContainEqual(expect.stringContaining('could not be published'));
});

test('an announcement whose answer was lost is a promotion, once it was delivered back', async () => {
  const { history, own, first, registry, store } = await opened();
  const publish = registry.publish.bind(registry);
  registry.publish = async (ours) => {
    await publish(ours);
    throw new Error('no answer');
  };
  await history.promote(own, VERDICT, 'promotions');
  history.save();
  expect(history.champion.model.version).toBe(own.model.version);
  expect(store.training()).toMatchObject({ promotions: 1, previousArtefact: first.artefact });
});

/** Pins the model in force, as `model pin` does. */
async function pin({ registry, first, announcement }: Awaited<ReturnType<typeof opened>>): Promise<void> {
  const current = (await registry.current()) ?? announcement(first);
  await registry.publish(current, { action: 'pinned', by: 'ann@till', reason: 'sale' });
}

async function unpin({ registry }: Awaited<ReturnType<typeof opened>>): Promise<void> {
  await registry.publish((await registry.current())!, { action: 'unpinned', by: 'ann@till', reason: '' });
}

describe('a pin', () => {
  test('holds back every release, is logged once, and ends', async () => {
    const world = await opened();
    const { history, own, foreign, first, registry, store, notices } = world;
    await pin(world);
    await history.promote(own, VERDICT, 'promotions');
    await history.promote(foreign, VERDICT, 'rollbacks');
    expect(await history.recalibrate(own, 'Recalibrated.')).toBe(false);
    expect(registry.announced).toHaveLength(1);
    expect(history.champion).toBe(first);
    expect(store.training()).toMatchObject({ promotions: 0, rollbacks: 0, recalibrations: 0 });
    const pinned = first.model.version;
    expect(notices.map(({ message }) => message)).toEqual([
      `model ${pinned} is pinned: the trainer publishes nothing until clv-stream model unpin`,
      `model ${own.model.version} is held back, and so is every later one, because ${pinned} is pinned`,
    ]);
    await unpin(world);
    await history.promote(own, VERDICT, 'promotions');
    expect(history.champion).toBe(own);
    expect(notices.map(({ message }) => message).slice(2)).toEqual([
      `model ${pinned} is no longer pinned: the trainer publishes again`,
      `${own.model.version} is the new champion`,
    ]);
  });

  test('holds back a release although the watch has not delivered it yet', async () => {
    const world = await opened({ watches: false });
    await pin(world);
    await world.history.promote(world.own, VERDICT, 'promotions');
    expect(world.registry.announced).toHaveLength(1);
  });

  test('holds back releases of a trainer that starts later', async () => {
    const world = await opened({ watches: false });
    await pin(world);
    const history = await world.open();
    await history.promote(world.own, VERDICT, 'promotions');
    expect(world.registry.announced).toHaveLength(1);
  });

  test('lets a model that was published by hand replace the champion, and stays', async () => {
    const world = await opened();
    const { history, own, foreign, registry, announcement } = world;
    await pin(world);
    await registry.publish(announcement(foreign), { action: 'published', by: 'ann@till', reason: '' });
    expect(history.champion.model.version).toBe(foreign.model.version);
    await history.promote(own, VERDICT, 'promotions');
    expect(history.champion.model.version).toBe(foreign.model.version);
  });

  test('that comes at the moment of a release wins', async () => {
    const world = await opened();
    const { history, own, first, registry, store } = world;
    const publish = registry.publish.bind(registry);
    registry.publish = async (...call) => {
      registry.publish = publish;
      await pin(world);
      await publish(...call);
    };
    await history.promote(own, VERDICT, 'promotions');
    expect(registry.announced.map(({ version }) => version)).toEqual(
      [first, own, first].map(({ model }) => model.version),
    );
    expect(await registry.current()).toMatchObject({ release: { action: 'pinned', pinned: true, by: 'trainer' } });
    expect(history.champion).toBe(first);
    expect(store.training()).toMatchObject({ promotions: 0 });
  });
});

test('releases name the trainer and what it did', async () => {
  const { history, own, foreign, first, registry } = await opened();
  await history.promote(own, VERDICT, 'promotions');
  await history.recalibrate(foreign, 'Recalibrated.');
  await history.promote(first, VERDICT, 'rollbacks');
  expect(registry.announced.map(({ release }) => release)).toMatchObject([
    { action: 'promoted', by: 'trainer' },
    { action: 'recalibrated', by: 'trainer' },
    { action: 'rolled-back', by: 'trainer' },
  ]);
});

test('no watch brings back what a person rolled back from, even after a restart', async () => {
  const { history, own, first, registry, store, announcement, open } = await opened();
  await history.promote(own, VERDICT, 'promotions');
  history.save();
  const before = store.training()!;
  expect(before.previousArtefact).toEqual(first.artefact);
  await registry.publish(announcement(first), { action: 'rolled-back', by: 'ann@till', reason: '' });
  expect(history.champion.model.version).toBe(first.model.version);
  expect(store.training()).toMatchObject({ previousArtefact: null, watch: null });
  store.commit([], before);
  await open();
  expect(store.training()).toMatchObject({ championVersion: first.model.version, previousArtefact: null });
});

test('before anything is announced, the champion of several trainers stays, whatever the first artefact of the learner is', async () => {
  const { registry, store, first } = await opened();
  const notices: { level: string; message: string }[] = [];
  const ports = { store, registry, observer: quietObserver(notices), clock: realClock, sha256 };
  const open = (keepsChampion: boolean, firstArtefact: Uint8Array) =>
    ChampionHistory.open(ports, { firstArtefact, minorPerMajor: 100, keepsChampion }, () => undefined);
  expect((await open(true, shifted(3))).champion.model.version).toBe(first.model.version);
  expect(notices.map(({ message }) => message)).toEqual([
    `the champion stays ${first.model.version}, although CLV_MODEL is another one`,
  ]);
  expect((await open(true, shifted(0))).champion.model.version).toBe(first.model.version);
  expect(notices).toHaveLength(1);
  expect((await open(false, shifted(3))).champion.artefact).toEqual(shifted(3));
});

test('an announcement older than the newest one changes nothing', async () => {
  const { history, own, foreign, announcement } = await opened();
  history.adopt({ ...announcement(own), sequence: 7 });
  history.adopt({ ...announcement(foreign), sequence: 6 });
  expect(history.champion.model.version).toBe(own.model.version);
});

test('the weights before a change are on watch against those that replaced them, and training starts again', async () => {
  const { history, own, foreign, first, announcement } = await opened();
  history.remember({ dayS: 86_400, traineeArtefact: foreign.artefact });
  history.adopt({ ...announcement(own), sequence: 7 });
  const watch = { championArtefact: own.artefact, challengerArtefact: first.artefact, startedAtS: 86_400 };
  expect(history.progress).toMatchObject({ watch, trial: null, traineeArtefact: null });
  await history.recalibrate(foreign, 'other statistics');
  expect(history.progress).toMatchObject({ watch, previousArtefact: first.artefact });
  await history.promote(first, VERDICT, 'rollbacks');
  expect(history.progress).toMatchObject({ watch: null, previousArtefact: foreign.artefact, rollbacks: 1 });
});

test('a trainer killed after an announcement starts the day again with the champion before it', async () => {
  const { history, own, first, registry, store } = await opened();
  history.remember({ rounds: 5 });
  await history.promote(own, VERDICT, 'promotions');
  // Killed here: the day was not saved.
  const again = (await opened({ registry, store })).history;
  expect(again.champion.model.version).toBe(first.model.version);
  expect(again.progress).toMatchObject({ promotions: 0, rounds: 0, announcing: [own.model.version] });
  await again.promote(again.contender(own.artefact), VERDICT, 'promotions');
  again.remember({ announcing: [] });
  again.save();
  const later = (await opened({ registry, store })).history;
  expect(later.champion.model.version).toBe(own.model.version);
  expect(later.progress).toMatchObject({ promotions: 1, previousArtefact: first.artefact });
});

test('a model that another program announced while no trainer ran is the champion, and the one before it is on watch', async () => {
  const { history, own, first, registry, store, announcement } = await opened();
  history.save();
  await registry.publish(announcement(own));
  const again = (await opened({ registry, store })).history;
  expect(again.champion.model.version).toBe(own.model.version);
  expect(again.progress.previousArtefact).toEqual(first.artefact);
  expect(again.progress.watch).toMatchObject({ challengerArtefact: first.artefact });
});

test('a model of another currency is not adopted, and is refused as the first one; one that says none is taken', async () => {
  const registry = new MemoryRegistry();
  const facts: object[] = [];
  const observer = { ...quietObserver([]), observe: (fact: object) => void facts.push(fact) };
  const store = new MemoryTrainerStore();
  const ports = { store, registry, observer, clock: realClock, sha256 };
  const [eur, usd] = ['EUR', 'USD'].map((code) =>
    artefactOf(handWeights(1), { ...HAND_SETTINGS, currency: currencyOf(code) }),
  ) as [Uint8Array, Uint8Array];
  const open = (firstArtefact: Uint8Array) =>
    ChampionHistory.open(ports, { firstArtefact, minorPerMajor: 100, currency: currencyOf('EUR') }, () => undefined);
  await expect(open(usd)).rejects.toThrow(/other-currency.*USD.*EUR/);
  const history = await open(shifted(0));
  const first = history.champion.model.version;
  const adopt = (artefact: Uint8Array, sequence: number) =>
    history.adopt({ version: `m-${sequence}`, artefact, announcedAtMs: 0, note: '', sequence });
  adopt(usd, 5);
  expect(history.champion.model.version).toBe(first);
  expect(facts).toMatchObject([
    { kind: 'model-refused', version: 'm-5', reason: expect.stringMatching(/other-currency/) },
  ]);
  adopt(eur, 6);
  expect(history.champion.model.settings.currency).toEqual({ code: 'EUR', minorPerMajor: 100 });
});
