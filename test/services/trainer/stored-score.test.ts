import { sha256 } from '../../../src/adapters/system/digest';
import { PartitionLabels } from '../../../src/domain/labels/labels';
import { compareOrigins } from '../../../src/domain/labels/origins';
import { predict } from '../../../src/domain/scoring/prediction';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import { emptyState, type SequenceState } from '../../../src/domain/state/sequence-state';
import { compareEvents } from '../../../src/domain/state/window';
import { decodeState, encodeState } from '../../../src/serde/state-blob';
import { Contender } from '../../../src/services/trainer/contender';
import { artefactOf, handWeights } from '../../support/hand-model';
import { ends } from '../../support/label-streams';
import { MemoryTrainerStore } from '../../support/memory-trainer-store';
import { shopLogs } from '../../support/shop-labels';

const MONEY = { currency: 'EUR', minorPerMajor: 100 };
const SETTINGS = {
  window: 8,
  quorum: 1,
  latenessDays: 0,
  originEveryDays: 7,
  maxOpenOrigins: 50_000,
  reservoirSize: 0,
  recencyDays: 70,
  judgedScores: 10,
  gateShare: 0.25,
};

test('the stored score is what the scorer, event by event, would have published at that time', () => {
  const logs = shopLogs(demoShop, 11, 120, 60);
  const contender = new Contender(artefactOf(handWeights()), sha256, MONEY.minorPerMajor);
  const store = new MemoryTrainerStore();
  const labels = new PartitionLabels(0, null, SETTINGS, {
    load: (customerId) => store.state(0, customerId),
    encode: encodeState,
    decode: decodeState,
    score: (snapshot, atS) => ({ modelVersion: 'm', outputs: contender.readSnapshot(snapshot, atS) }),
  });
  logs.forEach((log, topic) => {
    log.forEach((event, offset) => {
      labels.add(topic, offset, event);
    });
    labels.times.readUpTo(topic, log.length);
  });
  labels.advance(labels.times.readUntilS(ends(logs)));

  const events = logs
    .flatMap((log, topic) => log.map((event, offset) => ({ ...event, topic, offset, event })))
    .sort(compareEvents);
  const origins = [...labels.origins()].sort(compareOrigins);
  expect(origins.length).toBeGreaterThan(300);
  const states = new Map<string, SequenceState>();
  const { scorer } = contender;
  for (const { event, topic, offset } of events) {
    while (origins[0] !== undefined && origins[0].atS < event.timeS) compare(origins.shift()!);
    // Between two micro-batches a state is bytes in the store.
    const before = states.get(event.customerId);
    const state = before === undefined ? emptyState(0) : decodeState(encodeState(before));
    scorer.fold(state, event, { topic, partition: 0, offset });
    states.set(event.customerId, state);
  }

  function compare({ customerId, atS, score }: (typeof origins)[number]): void {
    const state = decodeState(encodeState(states.get(customerId)!));
    const published = predict(scorer, scorer.rescore(state, atS).outputs, state.summary, atS, MONEY);
    const stored = predict(scorer, score!.outputs, state.summary, atS, MONEY);
    for (const field of ['orders', 'revenue', 'clv', 'orderProbability', 'clv365Quantiles'] as const) {
      published[field].forEach((value, i) => {
        expect(Math.abs(stored[field][i]! - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
      });
    }
  }
});
