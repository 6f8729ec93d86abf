const DAY_S = 86_400;

interface Sent {
  readonly customerId: string;
  readonly timeS: number;
}

/**
 * The time of a topic after each record, by the rule as docs/training.md states it: with lists that are counted again at each record. For at
 * most 64 customers a day, whom the program counts exactly.
 */
export function slowFront(sent: readonly Sent[], quorum: number): number[] {
  let front: number | null = null;
  let far: Sent[] = [];
  let near: Sent[] = [];
  let today: Sent[] = [];
  let lengthS = DAY_S;
  /** Length of the buckets in which the far records are kept. */
  let keptS = DAY_S;
  let closedDays: number[] = [];
  const distinct = (records: readonly Sent[]) => new Set(records.map(({ customerId }) => customerId)).size;

  /** Mean of the first 14 days, then each day counts for 1/14. */
  const usual = () => closedDays.reduce((mean, count, i) => mean + (count - mean) / Math.min(14, i + 1), 0);
  const bucketDays = () => {
    const perDay = usual();
    return perDay === 0 ? 1 : [1, 2, 4, 8, 16, 32, 64].find((days) => days * perDay >= 4 || days === 64)!;
  };
  const reach = () => Math.max(5, 2 * bucketDays()) * DAY_S;

  const bucketOf = (record: Sent) => Math.floor(record.timeS / lengthS);
  /** Start of the first bucket that is proven. */
  const proven = (): number | null => {
    const needed = Math.max(quorum, Math.ceil(0.5 * usual() * bucketDays()));
    const customers = () => {
      const indices = [...new Set(far.map(bucketOf))].sort((a, b) => a - b);
      return indices.map((index) => ({ index, count: distinct(far.filter((each) => bucketOf(each) === index)) }));
    };
    for (let buckets = customers(); buckets.length > 16; buckets = customers()) {
      const least = Math.min(...buckets.map(({ count }) => count));
      const weakest = buckets.findLast(({ count }) => count === least)!;
      if (lengthS < 64 * DAY_S) lengthS *= 2;
      else far = far.filter((each) => bucketOf(each) !== weakest.index);
    }
    const firstProven = () => {
      const enough = new Set(customers().flatMap(({ index, count }) => (count >= needed ? [index] : [])));
      return [...enough].find((index) => enough.has(index - 1));
    };
    let first = firstProven();
    const before = lengthS;
    keptS = lengthS;
    // At the start any length will do.
    for (; closedDays.length === 0 && first === undefined && lengthS < 64 * DAY_S; first = firstProven()) lengthS *= 2;
    if (first === undefined) {
      lengthS = before;
      return null;
    }
    if (closedDays.length === 0 || lengthS > bucketDays() * DAY_S)
      closedDays = [customers().find(({ index }) => index === first - 1)!.count / (lengthS / DAY_S)];
    return first * lengthS;
  };

  return sent.map((record, i) => {
    if (quorum === 1) return Math.max(...sent.slice(0, i + 1).map(({ timeS }) => timeS));
    if (front === null || record.timeS > front + reach()) {
      far.push(record);
      const untilS = proven();
      if (untilS !== null) {
        front = untilS;
        // In a slow stream, what was heard after it goes on counting.
        far = keptS === DAY_S ? [] : far.filter(({ timeS }) => Math.floor(timeS / keptS) * keptS >= untilS);
        lengthS = keptS === DAY_S ? bucketDays() * DAY_S : keptS;
        [near, today] = [[], []];
      }
    } else if (record.timeS >= front - reach()) {
      const most = Math.min(64, Math.max(2 * quorum - 1, Math.floor(usual() / 4)));
      near = [...near.filter(({ customerId }) => customerId !== record.customerId), record].slice(-most);
      // The latest instant that more than half of them have passed.
      const passed = near
        .map(({ timeS }) => timeS)
        .filter((atS) => near.filter(({ timeS }) => timeS >= atS).length > most / 2);
      const atS = Math.max(...passed, Number.NEGATIVE_INFINITY);
      if (record.timeS > front && atS > front) {
        const skipped = Math.floor(atS / DAY_S) - Math.floor(front / DAY_S);
        if (skipped > 0) {
          closedDays.push(distinct(today), ...new Array<number>(skipped - 1).fill(0));
          today = [];
        }
        front = atS;
        far = [];
        lengthS = bucketDays() * DAY_S;
      }
      today.push(record);
    }
    return front ?? -1;
  });
}
