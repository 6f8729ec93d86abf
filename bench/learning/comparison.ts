import { mulberry32 } from '../../src/domain/math/random';
import { bootstrap, type Difference } from '../../src/domain/metrics/bootstrap';
import { Ordering } from '../../src/domain/metrics/ordering';
import type { Sheet } from './judge';

export const MEASURES = ['loss', 'crps', 'nGini', 'spearman', 'ordersBias', 'spendBias', 'coverage80'] as const;
export type Measure = (typeof MEASURES)[number];
export type Measured = Readonly<Record<Measure, Difference>>;
type Figures = Readonly<Record<Measure, number>>;

/** Contenders of one kind, for instance one per seed. Their figures are averaged. */
export type Groups = ReadonlyMap<string, readonly string[]>;

export interface Compared {
  readonly own: Measured;
  /** This group less each other one. */
  readonly less: ReadonlyMap<string, Measured>;
  /** Share of the loss between reference and oracle that the group closes. Absent without an oracle. */
  readonly gapClosed?: Difference;
}

/** The measures of each group with 95 % intervals, and their differences. Resampled by customer, paired. */
export function compare(
  sheet: Sheet,
  groups: Groups,
  {
    resamples,
    reference,
    oracle,
  }: { readonly resamples: number; readonly reference: string; readonly oracle?: string },
): Map<string, Compared> {
  let customers = 0;
  for (let row = 0; row < sheet.customers.length; row++) customers = Math.max(customers, sheet.customers.at(row) + 1);
  const names = [...groups.keys()];
  const figuresOf = names.map((name) => groups.get(name)!.map((contender) => statisticsOf(sheet, contender)));
  const [referenceAt, oracleAt] = [names.indexOf(reference), oracle === undefined ? -1 : names.indexOf(oracle)];
  const over = bootstrap(
    customers,
    (times) => {
      const figures = figuresOf.map((members) => averaged(members.map((member) => member(times))));
      const all: Record<string, number> = {};
      figures.forEach((own, i) => {
        for (const measure of MEASURES) {
          all[`${i} ${measure}`] = own[measure];
          figures.forEach((other, j) => {
            all[`${i} less ${j} ${measure}`] = own[measure] - other[measure];
          });
        }
        if (oracleAt < 0) return;
        const start = figures[referenceAt]!.loss;
        all[`${i} closed`] = (start - own.loss) / (start - figures[oracleAt]!.loss);
      });
      return all;
    },
    mulberry32(77),
    resamples,
  );
  const measures = (prefix: string) =>
    Object.fromEntries(MEASURES.map((measure) => [measure, over[`${prefix} ${measure}`]!])) as Measured;
  return new Map(
    names.map((name, i) => {
      const less = new Map(names.map((other, j) => [other, measures(`${i} less ${j}`)]));
      const gapClosed = over[`${i} closed`];
      return [name, { own: measures(String(i)), less, ...(gapClosed && { gapClosed }) }];
    }),
  );
}

/** Rounds over which the loss is averaged: one week's orders are few. */
const ROUNDS_AVERAGED = 4;

/**
 * For each group the number of the round from which on, for good, its loss is nearer to the oracle than `share` of the reference's distance.
 * A round's loss is the mean of it and the next three. null if that is never so.
 */
export function recovered(
  sheet: Sheet,
  groups: Groups,
  { reference, oracle, share }: { readonly reference: string; readonly oracle: string; readonly share: number },
): Map<string, number | null> {
  const losses = new Map([...groups].map(([name, members]) => [name, lossByRound(sheet, members)]));
  const [start, best] = [losses.get(reference)!, losses.get(oracle)!];
  return new Map(
    [...losses].map(([name, own]) => {
      const isNear = own.map((loss, r) => loss - best[r]! <= share * (start[r]! - best[r]!));
      const last = isNear.lastIndexOf(false);
      return [name, isNear.length === 0 || last === isNear.length - 1 ? null : last + 1];
    }),
  );
}

function lossByRound(sheet: Sheet, members: readonly string[]): number[] {
  const [sums, counts] = [[] as number[], [] as number[]];
  for (let row = 0; row < sheet.rounds.length; row++) {
    const round = sheet.rounds.at(row);
    for (const name of members) sums[round] = (sums[round] ?? 0) + sheet.answers.get(name)!.loss.at(row);
    counts[round] = (counts[round] ?? 0) + members.length;
  }
  return sums.slice(0, Math.max(0, sums.length - ROUNDS_AVERAGED + 1)).map((_, r) => {
    const total = (of: readonly number[]) => of.slice(r, r + ROUNDS_AVERAGED).reduce((sum, value) => sum + value, 0);
    return total(sums) / total(counts);
  });
}

function averaged(members: readonly Figures[]): Figures {
  const mean = (measure: Measure) => members.reduce((sum, figures) => sum + figures[measure], 0) / members.length;
  return Object.fromEntries(MEASURES.map((measure) => [measure, mean(measure)])) as Figures;
}

/** Questions of one round: ranked among themselves, because a later round is another time. */
interface RankedRound {
  readonly rows: readonly number[];
  readonly predicted: Ordering;
  readonly actual: Ordering;
}

function statisticsOf(sheet: Sheet, name: string): (times: Uint8Array) => Figures {
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
