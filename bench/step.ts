/**
 * Measures the compiled kernel against the plain TypeScript step, then the core work of one event: fold, one step of the network, two
 * computations of the heads, the update's numbers. Also with other cells, layers and attention. Run: npm run bench -- step [CUSTOMERS]
 */
import { describeShape } from '../src/cli/options/network-options';
import { mulberry32 } from '../src/domain/math/random';
import { Network } from '../src/domain/network/network';
import { DEFAULT_SHAPE, type NetworkShape, stateSizes } from '../src/domain/network/shape';
import { updateOf } from '../src/domain/scoring/prediction';
import { Scorer } from '../src/domain/scoring/scorer';
import { emptyState, foldEvent } from '../src/domain/state/sequence-state';
import { decodeState, encodeState } from '../src/serde/state-blob';
import { UpdateCodec } from '../src/serde/update-codec';
import { randomPast } from '../test/support/events';
import { randomModel } from '../test/support/models';
import { PlainNetwork } from '../test/support/plain-step/plain-network';

const SHAPES: readonly Partial<NetworkShape>[] = [
  { cell: 'gru' },
  { cell: 'rnn' },
  { layers: 2 },
  { layers: 3 },
  { attention: true },
  { units: 64 },
  { units: 96, headUnits: 96 },
];
export const SHORT = ['5'];

const MONEY = { currency: 'EUR', minorPerMajor: 100 };

export function main([customers = '500']: string[]): void {
  for (const change of [{}, ...SHAPES]) compareKernels({ ...DEFAULT_SHAPE, ...change }, 40 * Number(customers));
  const scorer = new Scorer(randomModel(1, { window: 16 }), 100);
  const random = mulberry32(1);
  const pasts = Array.from({ length: Number(customers) }, () => randomPast(random, 40));
  const events = pasts.length * 40;
  const updates = new UpdateCodec();
  const perEventUs = (run: () => void): number => bestUs(run) / events;
  const foldOnly = perEventUs(() => {
    for (const past of pasts) {
      const state = emptyState(0);
      for (const { event, position } of past) foldEvent(state, event, position, 16);
    }
  });
  const scoring = (by: Scorer) =>
    perEventUs(() => {
      for (const past of pasts) {
        const state = emptyState(0);
        for (const { event, position } of past) by.fold(state, event, position);
      }
    });
  const scored = scoring(scorer);
  let bytes = 0;
  const whole = perEventUs(() => {
    bytes = 0;
    for (const past of pasts) {
      let blob = encodeState(emptyState(0));
      for (const { event, position } of past) {
        const state = decodeState(blob);
        const rescored = scorer.fold(state, event, position);
        if (rescored !== null)
          updates.encode(
            updateOf(scorer, { customerId: 'c1', state, rescored, source: position, trigger: 'event' }, MONEY),
          );
        blob = encodeState(state);
        bytes += blob.length;
      }
    }
  });
  console.log(
    `fold ${foldOnly.toFixed(1)} µs, with step and heads ${scored.toFixed(1)} µs, with blobs and update ${whole.toFixed(1)} µs an event`,
  );
  console.log(`state blob ${(bytes / events).toFixed(0)} bytes on average`);
  for (const change of SHAPES) {
    const shape = { ...DEFAULT_SHAPE, ...change };
    const us = scoring(new Scorer(randomModel(1, { window: 16, shape }), 100));
    console.log(`${describeShape(shape)}: with step and heads ${us.toFixed(1)} µs, ${(us / scored).toFixed(2)} times`);
  }
}

/** Processor time, best of five: other load on the machine can only add to it. */
function bestUs(run: () => void): number {
  run();
  const passes = [1, 2, 3, 4, 5].map(() => {
    const started = process.cpuUsage();
    run();
    return process.cpuUsage(started).user;
  });
  return Math.min(...passes);
}

/** One step, the heads, and the three steps of an event: silence before it, the event, silence after it. */
function compareKernels(shape: NetworkShape, count: number): void {
  const { weights } = randomModel(1, { shape });
  const [kernel, plain] = [
    timesOf(new Network(weights), shape, count),
    timesOf(new PlainNetwork(weights), shape, count),
  ];
  const parts = (Object.keys(kernel) as (keyof typeof kernel)[]).map((part) => {
    const ratio = (plain[part] / kernel[part]).toFixed(1);
    return `${part} ${kernel[part].toFixed(2)} µs, plain ${plain[part].toFixed(2)} (${ratio} times)`;
  });
  console.log(`${describeShape(shape)}: ${parts.join('; ')}`);
}

function timesOf(network: Pick<Network, 'step' | 'read'>, shape: NetworkShape, count: number) {
  const random = mulberry32(2);
  const inputs = Array.from({ length: 64 }, () => {
    const x = Float32Array.from({ length: shape.stepFeatures }, (_, i) => (i < 7 ? 0 : 2 * random()));
    x[Math.floor(random() * 7)] = 1;
    return x;
  });
  const summary = Float32Array.from({ length: shape.summaryFeatures }, (_, i) => (i < 37 ? random() : 0));
  const sizes = stateSizes(shape);
  const [hidden, cell] = [new Float32Array(sizes.hidden), new Float32Array(sizes.cell)];
  const [h, c] = [hidden.slice(), cell.slice()];
  const rounds = (run: (x: Float32Array) => void) =>
    bestUs(() => {
      for (let i = 0; i < count; i++) run(inputs[i % inputs.length]!);
    }) / count;
  const silence = (x: Float32Array) => {
    h.set(hidden);
    c.set(cell);
    network.step(h, c, x);
  };
  return {
    step: rounds((x) => network.step(hidden, cell, x)),
    heads: rounds(() => network.read(hidden, summary)),
    'three steps of an event': rounds((x) => {
      silence(x);
      network.step(hidden, cell, x);
      silence(x);
    }),
  };
}
