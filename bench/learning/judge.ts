import { countCrps, countProbabilities } from '../../src/domain/distribution/count-distribution';
import { expectedOrders } from '../../src/domain/distribution/order-curve';
import { hashUnit } from '../../src/domain/math/hash';
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
