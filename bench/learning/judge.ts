import { countCrps, countProbabilities } from '../../src/domain/distribution/count-distribution';
import { expectedOrders } from '../../src/domain/distribution/order-curve';
import { hashUnit } from '../../src/domain/math/hash';
import { mulberry32 } from '../../src/domain/math/random';
import { bootstrap, type Difference } from '../../src/domain/metrics/bootstrap';
import { Ordering } from '../../src/domain/metrics/ordering';
import { exampleLoss } from '../../src/domain/scoring/example';
import type { Contender } from './contenders';
import { HORIZONS_DAYS, type QuestionRound } from './questions';

/** Numbers that are appended one by one: a shop has a million questions, and each has five numbers per contender. */
class Column {
  private values = new Float32Array(1024);
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(value: number): void {
    if (this.count === this.values.length) {
      const longer = new Float32Array(2 * this.count);
      longer.set(this.values);
      this.values = longer;
    }
    this.values[this.count++] = value;
  }

  at(row: number): number {
    return this.values[row]!;
  }
}

/** What one contender said, and how it was off, for each judged question of one horizon. */
interface Answers {
  readonly loss: Column;
  readonly crps: Column;
  readonly orders: Column;
  readonly spend: Column;
  /** Randomised PIT of the count. */
  readonly pit: Column;
}

/** The judged questions of one horizon. */
export interface Sheet {
  readonly days: number;
  /** Number of each question's customer, from 0. */
  readonly customers: Column;
  readonly rounds: Column;
  readonly actualOrders: Column;
  readonly actualSpend: Column;
  readonly answers: ReadonlyMap<string, Answers>;
}

const PIT_SALT = 0x9117;

/** Lets every contender answer every question, and compares with the labels. */
export function judge(
  rounds: Iterable<QuestionRound>,
  contenders: readonly Contender[],
  minorPerMajor: number,
  onRound: (atS: number) => void,
): Sheet[] {
  const numbers = new Map<string, number>();
  const sheets = HORIZONS_DAYS.map((days): Sheet => {
    const column = () => new Column();
    const empty = (): Answers => ({
      ...{ loss: column(), crps: column(), orders: column(), spend: column(), pit: column() },
    });
    const answers = new Map(contenders.map(({ name }) => [name, empty()]));
    return {
      ...{ days, customers: column(), rounds: column(), actualOrders: column(), actualSpend: column(), answers },
    };
  });
  let round = 0;
  for (const { atS, questions } of rounds) {
    onRound(atS);
    const forecasts = contenders.map((contender) => ({ name: contender.name, forecast: contender.at(atS) }));
    for (const { customer, state, labels } of questions) {
      if (labels.every((label) => label === null)) continue;
      const number = numbers.get(customer.customerId) ?? numbers.size;
      numbers.set(customer.customerId, number);
      const outputs = forecasts.map(({ forecast }) => forecast(state, customer, atS));
      labels.forEach((label, h) => {
        if (label === null) return;
        const sheet = sheets[h]!;
        let happened = 0;
        for (let k = 0; k < label.closedIntervals; k++) happened += label.orders[k]!;
        sheet.customers.push(number);
        sheet.rounds.push(round);
        sheet.actualOrders.push(happened);
        sheet.actualSpend.push(label.spendMinor / minorPerMajor);
        outputs.forEach((output, i) => {
          const answers = sheet.answers.get(forecasts[i]!.name)!;
          const orders = Math.max(1e-9, expectedOrders(output.curve, sheet.days));
          const count = { mean: orders, dispersion: output.dispersion, erlangShape: output.erlangShape };
          const { below, at } = countProbabilities(count, happened);
          answers.loss.push(exampleLoss(output, label));
          answers.crps.push(countCrps(count, happened));
          answers.orders.push(orders);
          answers.spend.push((orders * output.orderValueMinor) / minorPerMajor);
          answers.pit.push(below + at * hashUnit(customer.customerId, PIT_SALT + round));
        });
      });
    }
    round++;
  }
  return sheets.filter(({ customers }) => customers.length > 0);
}

export const MEASURES = ['loss', 'crps', 'nGini', 'spearman', 'ordersBias', 'spendBias', 'coverage80'] as const;
export type Measure = (typeof MEASURES)[number];
export type Measured = Readonly<Record<Measure, Difference>>;

/** The measures of a contender with 95 % intervals, and of its differences from the reference. Resampled by customer, paired. */
export function measured(
  sheet: Sheet,
  name: string,
  reference: string,
  resamples: number,
): { readonly own: Measured; readonly against: Measured } {
  let customers = 0;
  for (let row = 0; row < sheet.customers.length; row++) customers = Math.max(customers, sheet.customers.at(row) + 1);
  const [own, other] = [statisticsOf(sheet, name), statisticsOf(sheet, reference)];
  return {
    own: bootstrap(customers, own, mulberry32(77), resamples),
    against: bootstrap(
      customers,
      (times) => {
        const [a, b] = [own(times), other(times)];
        return Object.fromEntries(MEASURES.map((measure) => [measure, a[measure] - b[measure]])) as Record<
          Measure,
          number
        >;
      },
      mulberry32(77),
      resamples,
    ),
  };
}

/** Questions of one round: ranked among themselves, because a later round is another time. */
interface RankedRound {
  readonly rows: readonly number[];
  readonly predicted: Ordering;
  readonly actual: Ordering;
}

function statisticsOf(sheet: Sheet, name: string): (times: Uint8Array) => Record<Measure, number> {
  const answers = sheet.answers.get(name)!;
  const byRound = new Map<number, number[]>();
  for (let row = 0; row < sheet.rounds.length; row++) {
    const round = sheet.rounds.at(row);
    (byRound.get(round) ?? byRound.set(round, []).get(round)!).push(row);
  }
  const rankedRounds = [...byRound.values()].map(
    (rows): RankedRound => ({
      rows,
      predicted: new Ordering(rows.map((row) => answers.spend.at(row))),
      actual: new Ordering(rows.map((row) => sheet.actualSpend.at(row))),
    }),
  );
  return (times) => {
    let [n, loss, crps, covered, orders, actualOrders, spend, actualSpend] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let row = 0; row < sheet.customers.length; row++) {
      const w = times[sheet.customers.at(row)]!;
      if (w === 0) continue;
      n += w;
      loss += w * answers.loss.at(row);
      crps += w * answers.crps.at(row);
      if (answers.pit.at(row) >= 0.1 && answers.pit.at(row) <= 0.9) covered += w;
      orders += w * answers.orders.at(row);
      actualOrders += w * sheet.actualOrders.at(row);
      spend += w * answers.spend.at(row);
      actualSpend += w * sheet.actualSpend.at(row);
    }
    return {
      loss: loss / n,
      crps: crps / n,
      ...meanRanking(sheet, rankedRounds, times),
      ordersBias: orders / actualOrders - 1,
      spendBias: spend / actualSpend - 1,
      coverage80: covered / n,
    };
  };
}

/** Normalised Gini and Spearman of spend, each the mean over the rounds in which anybody spent. */
function meanRanking(sheet: Sheet, rounds: readonly RankedRound[], times: Uint8Array) {
  let [nGini, spearman, count] = [0, 0, 0];
  for (const { rows, predicted, actual } of rounds) {
    const weights = Uint8Array.from(rows, (row) => times[sheet.customers.at(row)]!);
    const x = predicted.ranks(weights, new Float64Array(rows.length));
    const y = actual.ranks(weights, new Float64Array(rows.length));
    const middle = (weights.reduce((sum, w) => sum + w, 0) + 1) / 2;
    let [xy, xx, yy, gini, best] = [0, 0, 0, 0, 0];
    rows.forEach((row, i) => {
      const w = weights[i]!;
      const [dx, dy] = [x[i]! - middle, y[i]! - middle];
      xy += w * dx * dy;
      xx += w * dx * dx;
      yy += w * dy * dy;
      gini += w * sheet.actualSpend.at(row) * dx;
      best += w * sheet.actualSpend.at(row) * dy;
    });
    // Nobody spent, for any contender.
    if (best === 0) continue;
    count++;
    nGini += gini / best;
    // A constant forecast ranks nobody.
    if (xx > 0) spearman += xy / Math.sqrt(xx * yy);
  }
  return { nGini: nGini / count, spearman: spearman / count };
}
