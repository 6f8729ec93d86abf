/**
 * How long does one event take in the core: fold, one LSTM step, two readings of the heads, the update's numbers?
 * Run: npm run bench -- step
 */
import { performance } from 'node:perf_hooks';
import { updateOf } from '../src/domain/prediction';
import { mulberry32 } from '../src/domain/random';
import { Scorer } from '../src/domain/scorer';
import { emptyState, foldEvent } from '../src/domain/sequence-state';
import { decodeState, encodeState } from '../src/serde/state-blob';
import { UpdateCodec } from '../src/serde/update-codec';
import { randomPast } from '../test/support/events';
import { randomModel } from '../test/support/models';

const MONEY = { currency: 'EUR', minorPerMajor: 100 };

export function main(): void {
  const scorer = new Scorer(randomModel(1, { window: 16 }), 100);
  const random = mulberry32(1);
  const pasts = Array.from({ length: 500 }, () => randomPast(random, 40));
  const events = pasts.length * 40;
  const updates = new UpdateCodec();
  const perEventUs = (run: () => void): number => {
    run();
    const started = performance.now();
    run();
    return ((performance.now() - started) * 1000) / events;
  };
  const foldOnly = perEventUs(() => {
    for (const past of pasts) {
      const state = emptyState(32);
      for (const { event, position } of past) foldEvent(state, event, position, 16);
    }
  });
  const scored = perEventUs(() => {
    for (const past of pasts) {
      const state = emptyState(32);
      for (const { event, position } of past) scorer.fold(state, event, position);
    }
  });
  let bytes = 0;
  const whole = perEventUs(() => {
    bytes = 0;
    for (const past of pasts) {
      let blob = encodeState(emptyState(32));
      for (const { event, position } of past) {
        const state = decodeState(blob);
        const rescored = scorer.fold(state, event, position);
        if (rescored !== null) updates.encode(updateOf(scorer, 'c1', state, rescored, position, 'event', MONEY));
        blob = encodeState(state);
        bytes += blob.length;
      }
    }
  });
  console.log(
    `fold ${foldOnly.toFixed(1)} µs, with step and readings ${scored.toFixed(1)} µs, with blobs and update ${whole.toFixed(1)} µs an event`,
  );
  console.log(`state blob ${(bytes / events).toFixed(0)} bytes on average`);
}
