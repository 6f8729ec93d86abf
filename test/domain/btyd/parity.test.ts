import { readFileSync } from 'node:fs';
import * as bgNbd from '../../../src/domain/btyd/bg-nbd';
import { fitGammaGamma } from '../../../src/domain/btyd/gamma-gamma';
import * as paretoNbd from '../../../src/domain/btyd/pareto-nbd';
import type { RecencyFrequency } from '../../../src/domain/btyd/recency-frequency';
import { recordedFile } from '../../support/recorded-data';

/** The published fits of the CDNOW 1/10 sample (Fader and Hardie; Fader, Hardie and Lee), weeks. */
const file = recordedFile('cdnow_sample_calibration.csv');

function sample(): (RecencyFrequency & { readonly meanRepeatSpend: number })[] {
  const [, ...lines] = readFileSync(file!, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [repeats, recency, age, meanRepeatSpend] = line.split(',').map(Number) as [number, number, number, number];
    return { repeats, recency, age, meanRepeatSpend };
  });
}

/** Equal to three digits. */
function expectDigits(actual: number, published: number): void {
  expect(Math.abs(actual / published - 1)).toBeLessThan(5e-4 + 1e-9);
}

(file === null ? describe.skip : describe)('parity on the CDNOW sample (skipped without CLV_DATA_DIR)', () => {
  const customers = file === null ? [] : sample();

  test('Pareto/NBD: r 0.5533, α 10.578, s 0.6062, β 11.669, log-likelihood −9595.0', () => {
    const model = paretoNbd.fitParetoNbd(customers);
    expectDigits(model.r, 0.5533);
    expectDigits(model.alpha, 10.578);
    expectDigits(model.s, 0.6062);
    expectDigits(model.beta, 11.669);
    const total = customers.reduce((sum, customer) => sum + paretoNbd.logLikelihood(model, customer), 0);
    expect(total).toBeCloseTo(-9595.0, 1);
  });

  test('BG/NBD: r 0.2426, α 4.4136, a 0.7929, b 2.4259, log-likelihood −9582.4', () => {
    const model = bgNbd.fitBgNbd(customers);
    expectDigits(model.r, 0.2426);
    expectDigits(model.alpha, 4.4136);
    expectDigits(model.a, 0.7929);
    expectDigits(model.b, 2.4259);
    const total = customers.reduce((sum, customer) => sum + bgNbd.logLikelihood(model, customer), 0);
    expect(total).toBeCloseTo(-9582.4, 1);
  });

  test('Gamma-Gamma on repeat spend: p 6.250, q 3.744, v 15.444', () => {
    const repeated = customers
      .filter(({ repeats, meanRepeatSpend }) => repeats > 0 && meanRepeatSpend > 0)
      .map(({ repeats, meanRepeatSpend }) => ({ orders: repeats, mean: meanRepeatSpend }));
    const model = fitGammaGamma(repeated, 0.05);
    expectDigits(model.p, 6.25);
    expectDigits(model.q, 3.744);
    expectDigits(model.v, 15.444);
  });
});
