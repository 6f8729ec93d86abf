/**
 * Measures the gain of other training options. It trains each variant on the same customers with the same seeds, judges it on all
 * customers of the set, and compares it with the first variant, paired over customers.
 * Run: npm run bench -- training FILE CURRENCY CUT HORIZON CUSTOMERS SEEDS 'options of fit' 'options of fit' …
 *   FILE: an event file, or `simulated` for a year of a small simulated shop.
 *   CUSTOMERS: number of customers to train on, selected by a hash of their id. All customers are judged. '' stands for the defaults.
 */
import { performance } from 'node:perf_hooks';
import { Command } from 'commander';
import { loadBackend } from '../src/adapters/tensorflow/backend';
import { TensorFlowLearner } from '../src/adapters/tensorflow/tensorflow-learner';
import { recordedHistory } from '../src/cli/fit/history';
import { type TrainingArguments, trainingSetup, withTrainingOptions } from '../src/cli/options/training-options';
import { BtydFits } from '../src/domain/blend/btyd-baselines';
import { customerHistories, knownCustomers, mergeSameDay, outcomeOf } from '../src/domain/blend/customer-history';
import { labelWindow } from '../src/domain/blend/label-window';
import { minorPerMajor } from '../src/domain/currency';
import { type CustomerEvent, SECONDS_PER_DAY } from '../src/domain/event';
import { mulberry32 } from '../src/domain/math/random';
import type { Difference } from '../src/domain/metrics/bootstrap';
import type { CustomerForecast } from '../src/domain/metrics/forecast';
import { pairedBootstrap } from '../src/domain/metrics/paired-bootstrap';
import { demoShop } from '../src/domain/simulation/shop-population';
import { simulateShop } from '../src/domain/simulation/simulated-shop';
import { judgeModel } from '../src/services/evaluation/judge-model';
import { networkForecasts } from '../src/services/evaluation/network-forecasts';
import { ofSomeCustomers } from '../src/services/fit/customer-sample';
import { type PretrainMetrics, pretrain } from '../src/services/fit/pretrain';

export const SHORT = ['simulated', 'EUR', '2024-09-01', '30', '50', '1', '--epochs 1'];

const SIMULATED_CUSTOMERS = 60;
const SIMULATED_FROM_S = Date.UTC(2024, 0, 1) / 1000;
const SIMULATED_DAYS = 330;

const SIDES = ['orders', 'spend'] as const;
const MODELS = ['served', 'alone'] as const;

export async function main([file, currency, cut, horizon, learnFrom, seedCount, ...variants]: string[]): Promise<void> {
  const money = { minorPerMajor: minorPerMajor(currency!) };
  const recorded = file === 'simulated' ? simulatedEvents() : (await recordedHistory([file!], currency!)).events;
  const cutS = Date.parse(`${cut}T00:00:00Z`) / 1000;
  const horizonDays = Number(horizon);
  const seeds = Array.from({ length: Number(seedCount) }, (_, i) => i + 1);
  const events = mergeSameDay(recorded);
  const train = ofSomeCustomers(
    events.filter(({ timeS }) => timeS < cutS),
    Number(learnFrom),
  );
  const histories = customerHistories(events);
  const trainHistories = customerHistories(train);
  const customers = knownCustomers(histories, cutS);
  const outcomes = customers.map((customer) => outcomeOf(customer, horizonDays, money.minorPerMajor));
  const windowDays = labelWindow(trainHistories, cutS, horizonDays);
  const fits = new BtydFits(trainHistories);
  const learner = new TensorFlowLearner(await loadBackend({ preference: 'auto', threads: 1 }));
  const task = { ...money, events, train, trainHistories, customers, fits, cutS, horizonDays, windowDays, seeds };
  console.log(
    `${file}, cut ${cut}, ${horizonDays} days: trained on ${trainHistories.length} customers, judged on ${customers.length}, ${seeds.length} seeds`,
  );

  let reference: Readonly<Record<(typeof MODELS)[number], readonly (readonly CustomerForecast[])[]>> | null = null;
  for (const variant of variants) {
    const { options } = await trainingSetup(parsed(variant));
    const fits: PretrainMetrics[] = [];
    const started = performance.now();
    const forecasts = await networkForecasts(task, {
      fitNetwork: async (history, endS, seed) => {
        const fitted = await pretrain(history, learner, { ...options, ...money, seed, endS });
        if (endS === cutS) fits.push(fitted.metrics);
        return fitted;
      },
      onProgress: () => {},
    });
    const mean = (of: (metrics: PretrainMetrics) => number) =>
      fits.reduce((sum, each) => sum + of(each), 0) / fits.length;
    console.log(
      `${(variant || 'defaults').padEnd(44)} held-out loss ${mean(({ validationLoss }) => validationLoss).toFixed(4)}, best after epoch ${mean(({ epochs }) => epochs).toFixed(1)}, ${((performance.now() - started) / 1000).toFixed(0)} s`,
    );
    for (const model of MODELS) {
      const judged = judgeModel(
        forecasts[model],
        outcomes,
        customers.map(({ orders }) => orders),
      );
      for (const side of SIDES) {
        const { nGini, spearman, bias, crps } = judged[side === 'orders' ? 'counts' : 'spend'];
        const line = [
          `${(variant || 'defaults').padEnd(44)} ${model} ${side}`.padEnd(60),
          `nGini ${nGini.toFixed(3)} Spearman ${spearman.toFixed(3)} bias ${(100 * bias).toFixed(1)} % CRPS ${crps.toPrecision(4)}`,
        ];
        if (reference !== null) {
          const against = pairedBootstrap(
            forecasts[model].map((one) => one.map((forecast) => forecast[side])),
            reference[model].map((one) => one.map((forecast) => forecast[side])),
            outcomes.map((outcome) => outcome[side]),
            mulberry32(77),
          );
          line.push(`  nGini ${text(against.nGini)}, Spearman ${text(against.spearman)}`);
        }
        console.log(line.join(' '));
      }
    }
    reference ??= forecasts;
  }
}

function simulatedEvents(): CustomerEvent[] {
  const endS = SIMULATED_FROM_S + SIMULATED_DAYS * SECONDS_PER_DAY;
  const shop = simulateShop(demoShop, {
    customers: SIMULATED_CUSTOMERS,
    startS: SIMULATED_FROM_S,
    random: mulberry32(1),
  });
  const events: CustomerEvent[] = [];
  for (const event of shop) {
    if (event.timeS >= endS) break;
    events.push(event);
  }
  return events;
}

function parsed(variant: string): TrainingArguments {
  const command = withTrainingOptions(new Command()).exitOverride();
  return command.parse(variant.split(' ').filter(Boolean), { from: 'user' }).opts<TrainingArguments>();
}

function text({ difference, low, high }: Difference): string {
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
  return `${signed(difference)} [${signed(low)}, ${signed(high)}]`;
}
