import { type CustomerEvent, SECONDS_PER_DAY } from '../../domain/event';
import { dayOf, daysBetween, type HistoryFacts, historyFacts } from './history-facts';

/** With fewer customers, a fifth of them shows nothing: a training and its judgement would be chance. */
export const LEAST_CUSTOMERS = 50;
/** Days of history before the cut: two label windows of a fortnight. */
export const LEAST_DAYS = 28;
/** Days at the end of a horizon in which nothing need have happened: of the horizon, and at least. */
const QUIET_SHARE = 0.05;
const QUIET_DAYS = 2;
/** What makes a forecast of a year good. */
const BETTER = 'two years of 1,000 customers are a good history';

/** The history can't be used for the work that was asked for. The message names each reason, and what would be enough. */
export class HistoryRefusedError extends Error {
  override readonly name = 'HistoryRefusedError';

  constructor(readonly faults: readonly string[]) {
    super(`${faults.join('; ')}. --force goes on all the same`);
  }
}

/** Throws if there are faults, before any work. `force`: says them as warnings instead. */
export function checkFaults(faults: readonly string[], force: boolean, say: (line: string) => void): void {
  if (faults.length > 0 && !force) throw new HistoryRefusedError(faults);
  for (const fault of faults) say(`warning: ${fault}`);
}

/** Why a model can't be trained on the events before `endS`. Empty if it can. */
export function trainingFaults(events: Iterable<CustomerEvent>, endS: number): string[] {
  const facts = historyFacts(events, Number.NEGATIVE_INFINITY, endS);
  return faultsOf(facts, endS, `before ${dayOf(endS)}`);
}

export interface JudgedSpan {
  readonly cutS: number;
  readonly horizonDays: number;
}

/** Why forecasts can't be made at the cut from `train`, and judged by the days after it in `events`. Empty if they can. */
export function evaluationFaults(
  events: readonly CustomerEvent[],
  train: readonly CustomerEvent[],
  { cutS, horizonDays }: JudgedSpan,
): string[] {
  const all = historyFacts(events);
  const cut = dayOf(cutS);
  if (all.firstS === null || all.lastS === null) return ['the files have no event that can be used'];
  const span = `the events are of ${dayOf(all.firstS)} to ${dayOf(all.lastS)}`;
  const choice = cutChoice(all.firstS, all.lastS, horizonDays);
  if (all.lastS < cutS) {
    return [`the cut ${cut} is after the last event, so there is no future to judge by: ${span}; ${choice}`];
  }
  if (all.firstS >= cutS) {
    return [`the cut ${cut} is not after the first event, so there is nothing to learn from: ${span}; ${choice}`];
  }
  const future = historyFacts(events, cutS, cutS + horizonDays * SECONDS_PER_DAY);
  const known = historyFacts(events, Number.NEGATIVE_INFINITY, cutS);
  const learnt = train === events ? known : historyFacts(train, Number.NEGATIVE_INFINITY, cutS);
  return [
    ...faultsOf(learnt, cutS, `before the cut ${cut}`),
    ...(train === events || known.customers >= LEAST_CUSTOMERS
      ? []
      : [tooFew(known, `before the cut ${cut}, to judge by`)]),
    ...(isCovered(all.lastS, { cutS, horizonDays })
      ? []
      : [
          `the ${horizonDays} days after the cut ${cut} end after the last event, so what comes in the rest of them would count as nothing: ${span}; ${choice}`,
        ]),
    ...(future.customers === 0
      ? [`no event lies in the ${horizonDays} days after the cut ${cut}, so there is no future to judge by: ${span}`]
      : []),
  ];
}

/** The cuts that leave enough before them and a whole horizon after them. */
function cutChoice(firstS: number, lastS: number, horizonDays: number): string {
  // A cut is a midnight.
  const earliestS = Math.ceil(firstS / SECONDS_PER_DAY + LEAST_DAYS) * SECONDS_PER_DAY;
  const latestS = lastS - (horizonDays - 1) * SECONDS_PER_DAY;
  if (earliestS <= latestS) {
    return `choose a cut up to ${dayOf(latestS)}, or a shorter horizon; ${dayOf(earliestS)} is the earliest`;
  }
  const longest = Math.floor((lastS - earliestS) / SECONDS_PER_DAY) + 1;
  const shorter = longest < 1 ? '' : `, or a horizon of ${longest} days at most with the cut ${dayOf(earliestS)}`;
  return `that is too short for every cut, which needs ${LEAST_DAYS} days before it and the ${horizonDays} of the horizon after it: take a longer history${shorter}`;
}

function isCovered(lastS: number, { cutS, horizonDays }: JudgedSpan): boolean {
  const quietDays = Math.max(QUIET_DAYS, QUIET_SHARE * horizonDays);
  return lastS >= cutS + (horizonDays - quietDays) * SECONDS_PER_DAY;
}

function faultsOf(facts: HistoryFacts, endS: number, where: string): string[] {
  const { customers, orders, paidOrders, firstS } = facts;
  if (firstS === null) return [`no event lies ${where}`];
  const faults: string[] = [];
  if (paidOrders === 0) {
    const found = orders === 0 ? 'there is no order' : `none of the ${orders} orders has an amount above 0`;
    faults.push(`${found} ${where}: a value can't be learnt without paid orders`);
  }
  if (customers < LEAST_CUSTOMERS) faults.push(tooFew(facts, where));
  const days = daysBetween(firstS, endS);
  if (days < LEAST_DAYS) {
    faults.push(`the history has ${days} days ${where}: at least ${LEAST_DAYS} are needed (${BETTER})`);
  }
  return faults;
}

function tooFew({ customers }: HistoryFacts, where: string): string {
  const counted = customers === 1 ? '1 customer has' : `${customers} customers have`;
  return `${counted} events ${where}: at least ${LEAST_CUSTOMERS} are needed (${BETTER})`;
}
