import { nothingYet } from '../../src/domain/labels/label-slice';
import { mulberry32 } from '../../src/domain/math/random';
import type { TrainerStore, TrainingProgress } from '../../src/ports/trainer-store';
import { contentOf, openLabels, randomLogs, readBatch } from '../support/label-streams';
import { MemoryTrainerStore } from '../support/memory-trainer-store';

/** A store that can be closed and opened again on what it stored. */
export interface StoreUnderTest {
  open(): Promise<TrainerStore>;
  dispose(): Promise<void>;
}

const SETTINGS = {
  window: 4,
  quorum: 1,
  latenessDays: 1,
  originEveryDays: 4,
  maxOpenOrigins: 30,
  reservoirSize: 16,
  recencyDays: 70,
  judgedScores: 9,
  gateShare: 0.25,
};
const TRAINING: TrainingProgress = {
  championVersion: 'm-2',
  championArtefact: Uint8Array.of(9, 8),
  previousArtefact: Uint8Array.of(1, 2, 3),
  rounds: 7,
  promotions: 2,
  rollbacks: 0,
  recalibrations: 3,
  dayS: 86_400,
  announcing: ['m-3'],
  traineeArtefact: Uint8Array.of(4),
  trial: { championArtefact: Uint8Array.of(5), challengerArtefact: Uint8Array.of(6), startedAtS: 86_400, alpha: 0.001 },
  lastTrialS: 86_400,
  watch: null,
};

export function trainerStoreContract(title: string, make: () => Promise<StoreUnderTest>, seed: number): void {
  describe(`${title} is a trainer store`, () => {
    let store: TrainerStore;
    let tested: StoreUnderTest;

    beforeEach(async () => {
      tested = await make();
      store = await tested.open();
    });
    afterEach(async () => {
      await store.close();
      await tested.dispose();
    });

    const reopen = async (): Promise<void> => {
      await store.close();
      store = await tested.open();
    };

    test('keeps the next dead letter of each partition until the partition is replaced', async () => {
      expect(store.nextLetter(1)).toBeNull();
      store.keepNextLetter(1, 70);
      store.keepNextLetter(2, 5);
      store.keepNextLetter(1, 71);
      await reopen();
      expect([store.nextLetter(0), store.nextLetter(1), store.nextLetter(2)]).toEqual([null, 71, 5]);
      store.replace(nothingYet(1));
      expect([store.nextLetter(1), store.nextLetter(2)]).toEqual([null, 5]);
      expect(store.training()).toBeNull();
    });

    test('is empty at the start', () => {
      expect(store.progress(0)).toBeNull();
      expect(store.state(0, 'c1')).toBeNull();
      expect(store.training()).toBeNull();
    });

    test('remembers the training progress; null leaves it as it is', async () => {
      store.commit([], TRAINING);
      store.commit([], null);
      await reopen();
      const { championArtefact, previousArtefact, ...rest } = store.training()!;
      expect(TRAINING).toMatchObject(rest);
      expect([...championArtefact]).toEqual([9, 8]);
      expect([...previousArtefact!]).toEqual([1, 2, 3]);
      store.commit([], { ...TRAINING, previousArtefact: null });
      expect(store.training()!.previousArtefact).toBeNull();
    });

    test(`holds what a store in memory holds, also when opened again (CLV_TEST_SEED=${seed})`, async () => {
      const random = mulberry32(seed);
      const plain = new MemoryTrainerStore();
      for (const partition of [0, 1, 12]) {
        const logs = randomLogs(random, 400, 12, 150, 0.8);
        let labels = openLabels(store, SETTINGS, partition);
        const judge = openLabels(plain, SETTINGS, partition);
        while (logs.some((log, topic) => labels.times.nextOffset(topic) < log.length)) {
          const topic = Math.floor(random() * logs.length);
          const count = Math.floor(random() * 40);
          readBatch(labels, store, logs, topic, count);
          readBatch(judge, plain, logs, topic, count);
          if (random() < 0.1) {
            await reopen();
            labels = openLabels(store, SETTINGS, partition);
          }
        }
      }
      await reopen();
      for (const partition of [0, 1, 12]) {
        expect(contentOf(store, partition)).toEqual(contentOf(plain, partition));
        expect(store.progress(partition)!.pending.length).toBe(plain.progress(partition)!.pending.length);
      }
    });

    test('replaces everything of one partition, and nothing of the others', async () => {
      const logs = randomLogs(mulberry32(seed), 300, 8, 60, 0.5);
      for (const partition of [0, 1]) {
        const labels = openLabels(store, SETTINGS, partition);
        for (const topic of logs.keys()) readBatch(labels, store, logs, topic, 1_000);
      }
      const [kept, replaced] = [contentOf(store, 1), contentOf(store, 0)];
      expect(replaced.origins.length).toBeGreaterThan(0);
      const other = new MemoryTrainerStore();
      const short = openLabels(other, SETTINGS);
      for (const topic of logs.keys())
        readBatch(
          short,
          other,
          logs.map((log) => log.slice(0, 20)),
          topic,
          20,
        );
      const all = openLabels(new MemoryTrainerStore(), SETTINGS);
      for (const [topic, log] of logs.entries()) {
        log.slice(0, 20).forEach((event, offset) => {
          all.add(topic, offset, event);
        });
        all.times.readUpTo(topic, Math.min(20, log.length));
      }
      all.advance(short.clockS);
      store.replace(all.takeChanges());
      await reopen();
      expect(contentOf(store, 0)).toEqual(contentOf(other, 0));
      expect(contentOf(store, 1)).toEqual(kept);
    });

    test('keeps customers of any name apart', () => {
      const names = ['12', '9007199254740993', 'ü€😀', 'a b', 'a\u0000b', 'x'.repeat(512), '€'.repeat(512)];
      const empty = openLabels(store, SETTINGS).takeChanges();
      store.commit([{ ...empty, states: new Map(names.map((name, i) => [name, Uint8Array.of(i)])) }], null);
      expect(names.map((name) => store.state(0, name)?.[0])).toEqual(names.map((_, i) => i));
      expect([...store.progress(0)!.customers].sort()).toEqual([...names].sort());
    });
  });
}
