import { sha256 } from '../../../src/adapters/system/digest';
import type { GateVerdict } from '../../../src/domain/promotion/promotion-gate';
import type { ModelAnnouncement } from '../../../src/ports/model-registry';
import { ChampionHistory } from '../../../src/services/trainer/champion';
import { artefactOf, handWeights, levelShift } from '../../support/hand-model';
import { MemoryRegistry } from '../../support/memory-topics';
import { MemoryTrainerStore } from '../../support/memory-trainer-store';
import { quietObserver } from '../../support/quiet-observer';
import { realClock } from '../../support/real-clock';

const VERDICT: GateVerdict = {
  ...{ promote: true, origins: 1, customers: 1, closedIntervals: 1, championLoss: 2, challengerLoss: 1 },
  ...{ improvement: 1, z: 2, championMiscalibration: 0, challengerMiscalibration: 0 },
};

const shifted = (by: number) => artefactOf(levelShift(handWeights(), by));

async function opened() {
  const registry = new MemoryRegistry();
  const store = new MemoryTrainerStore();
  const notices: { level: string; message: string }[] = [];
  const ports = { store, registry, observer: quietObserver(notices), clock: realClock, sha256 };
  const history = await ChampionHistory.open(ports, { firstArtefact: shifted(0), minorPerMajor: 100 }, (progress) =>
    store.commit([], progress),
  );
  const watch = new AbortController();
  void registry.watchCurrent((current) => history.adopt(current), watch.signal);
  const own = history.contender(shifted(1));
  const foreign = history.contender(shifted(2));
  const announcement = ({ artefact, model }: typeof own): ModelAnnouncement => ({
    ...{ version: model.version, artefact, announcedAtMs: 0, note: 'by hand' },
  });
  const first = history.champion;
  return { registry, store, notices, history, own, foreign, first, announcement };
}

test('a promotion keeps the champion before it for a roll-back, also if the watch is faster than the answer', async () => {
  const { history, own, first, registry, store } = await opened();
  await history.promote(own, VERDICT, 'promotions');
  expect(registry.announced.map(({ version }) => version)).toEqual([own.model.version]);
  expect(history.champion.model.version).toBe(own.model.version);
  expect(store.training()).toMatchObject({ promotions: 1, previousArtefact: first.artefact });
});

test('a model that another program announces right after ours is the champion', async () => {
  const { history, own, foreign, first, registry, store, announcement } = await opened();
  const publish = registry.publish.bind(registry);
  registry.publish = async (ours) => {
    await publish(ours);
    await publish(announcement(foreign));
  };
  await history.promote(own, VERDICT, 'promotions');
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
  expect(history.champion.model.version).toBe(own.model.version);
  expect(store.training()).toMatchObject({ promotions: 1, previousArtefact: first.artefact });
});

test('an announcement older than the newest one changes nothing', async () => {
  const { history, own, foreign, announcement } = await opened();
  history.adopt({ ...announcement(own), sequence: 7 });
  history.adopt({ ...announcement(foreign), sequence: 6 });
  expect(history.champion.model.version).toBe(own.model.version);
});
