import { counted, countOf } from '../../domain/wording';

/** What a row takes back. */
export type ReturnKind = 'cancel' | 'refund';

interface Tally {
  all: number;
  loose: number;
  /** The first loose one, for instance "line 3". */
  first: string;
}

const TAKEN: Readonly<Record<ReturnKind, { readonly rows: string; readonly from: string; readonly done: string }>> = {
  cancel: { rows: 'cancellation', from: 'takes an order off its customer', done: 'called off' },
  refund: { rows: 'refund', from: 'takes money off its customer', done: 'given back' },
};

/**
 * Counts a file's cancellations and refunds, and those whose order is in no file of the command. They count all the same: a history may begin
 * after the order. But in an export with a row per order, the row with the state `cancelled` is the order itself, which was never counted.
 */
export class LooseReturns {
  private readonly tallies = new Map<ReturnKind, Tally>();

  take(kind: ReturnKind, isLoose: boolean, where: string): void {
    const tally = this.tallies.get(kind) ?? { all: 0, loose: 0, first: where };
    this.tallies.set(kind, tally);
    tally.all += 1;
    if (isLoose && ++tally.loose === 1) tally.first = where;
  }

  /** For the report, a note for each kind that has loose ones. */
  notes(): string[] {
    return [...this.tallies].flatMap(([kind, { all, loose, first }]) => {
      if (loose === 0) return [];
      const { rows, from, done } = TAKEN[kind];
      const share = loose === all ? countOf(all, rows) : `${counted(loose)} of ${countOf(all, rows)}`;
      return [
        `warning: ${share} ${loose === 1 ? 'has' : 'have'} an order id that no order in the files has, the first on ${first}. Each ${from} all the same. If such a row is the order itself, which was ${done}, leave it out: delete it, or take its kind off --kind`,
      ];
    });
  }
}
