import { lossChart } from '../../../../src/cli/reports/fit/loss-chart';

const EPOCHS = [
  { epoch: 1, trainLoss: 2, validationLoss: 1.8 },
  { epoch: 2, trainLoss: 1.5, validationLoss: 1.4 },
  { epoch: 3, trainLoss: 1.3, validationLoss: 1.6 },
];
/** Pixels of y, from the top. */
const points = (svg: string) =>
  [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, text]) =>
    text!.split(' ').map((p) => p.split(',').map(Number)),
  );

describe('the loss curve', () => {
  test('draws both losses, higher where the loss is higher, and rings the kept epoch', () => {
    const svg = lossChart({ epochs: EPOCHS, bestEpoch: 2, baselines: [] });
    const [training, heldOut] = points(svg);
    expect(training).toHaveLength(3);
    const heights = training!.map(([, y]) => y!);
    expect(heights[0]! < heights[1]! && heights[1]! < heights[2]!).toBe(true);
    const [x, y] = heldOut![1]!;
    expect(svg).toContain(`<circle cx="${x!.toFixed(1)}" cy="${y!.toFixed(1)}" r="5"`);
    // Both curves on one scale: equal losses would lie at one height.
    expect((heldOut![0]![1]! - heights[0]!) / (heldOut![1]![1]! - heights[0]!)).toBeCloseTo((2 - 1.8) / (2 - 1.4), 1);
  });

  test('a baseline near by is a line, one far off is named', () => {
    const baselines = [
      { name: 'near', loss: 2.1 },
      { name: 'far', loss: 40 },
    ];
    const svg = lossChart({ epochs: EPOCHS, bestEpoch: 2, baselines });
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(1);
    expect(svg).toContain('near 2.100<');
    expect(svg).toContain('far 40.000, off the scale');
  });

  test('one epoch alone is a chart too, and every coordinate is finite and inside', () => {
    for (const epochs of [EPOCHS.slice(0, 1), [{ epoch: 1, trainLoss: 1, validationLoss: 1 }], EPOCHS]) {
      const svg = lossChart({ epochs, bestEpoch: 1, baselines: [{ name: 'same', loss: 1 }] });
      expect(svg).not.toMatch(/NaN|Infinity/);
      for (const [x, y] of points(svg).flat()) expect(x! >= 44 && x! <= 408 && y! >= 12 && y! <= 236).toBe(true);
    }
  });

  test('is self-contained: own name space, own colours for light and for dark', () => {
    const svg = lossChart({ epochs: EPOCHS, bestEpoch: 2, baselines: [] });
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[^>]*><style>/);
    expect(svg).toContain('background:#fff');
    expect(svg).toContain('prefers-color-scheme:dark');
  });
});
