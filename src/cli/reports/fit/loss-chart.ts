import { COLOURS, figure, label, polyline, standalone, type Tick, x, y } from '../frame';

/** Mean losses of one pass over the examples, in nats. */
export interface EpochLoss {
  /** Starts at 1. */
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
}

export interface LossCurve {
  readonly epochs: readonly EpochLoss[]; // at least one
  /** The epoch whose weights were kept. */
  readonly bestEpoch: number;
  /** Losses of the baselines on the held-out customers. */
  readonly baselines: readonly { readonly name: string; readonly loss: number }[];
}

const [TRAINING, HELD_OUT, BASELINE] = [COLOURS[0]!, COLOURS[1]!, COLOURS[6]!];
/** A baseline further above the curves than this many times their range is named at the upper edge. Its line would flatten the curves. */
const MOST_STRETCH = 1.5;
const LINES = 4;

/** Training and held-out loss by epoch as an SVG file. The best epoch is marked, and baselines are lines. */
export function lossChart({ epochs, bestEpoch, baselines }: LossCurve): string {
  const losses = epochs.flatMap(({ trainLoss, validationLoss }) => [trainLoss, validationLoss]);
  const low = Math.min(...losses);
  const range = Math.max(Math.max(...losses) - low, 1e-6);
  const within = baselines.filter(({ loss }) => loss <= low + range * (1 + MOST_STRETCH) && loss >= low - range);
  const beyond = baselines.filter((baseline) => !within.includes(baseline));
  const all = [...losses, ...within.map(({ loss }) => loss)];
  const bottom = Math.min(...all);
  const height = Math.max(Math.max(...all) - bottom, 1e-6) * 1.16; // The factor leaves room for the legend.
  const across = (epoch: number) => (epochs.length === 1 ? 0.5 : (epoch - 1) / (epochs.length - 1));
  const up = (loss: number) => (loss - bottom) / height;
  const curve = (loss: (each: EpochLoss) => number, colour: string) => [
    polyline(
      epochs.map((each) => [across(each.epoch), up(loss(each))]),
      colour,
    ),
    ...epochs.map((each) => dot(across(each.epoch), up(loss(each)), 2, colour)),
  ];
  const best = epochs.find(({ epoch }) => epoch === bestEpoch);
  const right = x(1) - 130;
  return standalone(
    figure(
      'epoch',
      'loss, nats per example',
      [
        ...within.flatMap(({ name, loss }) => [
          `<path d="M${x(0)} ${y(up(loss)).toFixed(1)}H${x(1)}" stroke="${BASELINE}" stroke-dasharray="4 4"/>`,
          label(x(0) + 4, y(up(loss)) - 3, `${name} ${loss.toFixed(3)}`, BASELINE),
        ]),
        ...beyond.map(({ name, loss }, i) =>
          label(x(0) + 4, y(1) + 9 + 13 * i, `${name} ${loss.toFixed(3)}, off the scale`, BASELINE),
        ),
        ...curve(({ trainLoss }) => trainLoss, TRAINING),
        ...curve(({ validationLoss }) => validationLoss, HELD_OUT),
        ...(best
          ? [
              `<circle cx="${x(across(bestEpoch)).toFixed(1)}" cy="${y(up(best.validationLoss)).toFixed(1)}" r="5" fill="none" stroke="${HELD_OUT}" stroke-width="1.5"><title>kept: epoch ${bestEpoch}</title></circle>`,
            ]
          : []),
        label(right, y(1) + 9, 'training', TRAINING),
        label(right, y(1) + 22, `held out, best ${best?.validationLoss.toFixed(3) ?? '–'}`, HELD_OUT),
      ],
      { below: epochTicks(epochs.length, across), beside: lossTicks(bottom, height) },
    ),
  );
}

function epochTicks(count: number, across: (epoch: number) => number): Tick[] {
  const every = Math.ceil(count / 10);
  return Array.from({ length: count }, (_, i) => i + 1)
    .filter((epoch) => epoch === 1 || epoch % every === 0)
    .map((epoch) => ({ share: across(epoch), text: String(epoch) }));
}

function lossTicks(bottom: number, height: number): Tick[] {
  return Array.from({ length: LINES + 1 }, (_, i) => {
    const share = i / LINES;
    return { share, text: (bottom + share * height).toFixed(2) };
  });
}

function dot(across: number, up: number, radius: number, colour: string): string {
  return `<circle cx="${x(across).toFixed(1)}" cy="${y(up).toFixed(1)}" r="${radius}" fill="${colour}"/>`;
}
