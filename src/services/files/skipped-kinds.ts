import type { FileForm } from './file-rules';
import type { FileKind } from './kinds';
import { isNoOrder, likelyKind } from './likely-names';
import type { RowFault } from './passed-over';
import { quoted } from './shell-text';

const EMPTY_KIND = 'the kind is empty: fill it in, or give --kind order if every row is an order';
const MOST_KINDS = 20;

/** The values of a file's column of kinds that are no input, and what to do about them. */
export class SkippedKinds {
  /** Values that are no names of ours, and what they are likely to mean. */
  private readonly likely = new Map<string, FileKind>();
  /** Values with amounts. */
  private readonly paid = new Set<string>();

  constructor(private readonly form: Pick<FileForm, 'preset' | 'kinds'>) {}

  /**
   * Whether rows with amounts were left out that may be the orders. If somebody said what kinds there are, they were left out on purpose, as
   * long as there are orders in another file.
   */
  hasPaid(othersHaveOrders: boolean): boolean {
    return this.paid.size > 0 && (this.form.kinds === null || !othersHaveOrders);
  }

  /** If the value looks like an order, the row is not left out on purpose: it can't be used as it is. */
  take(value: string, hasAmount: boolean): { readonly fault: RowFault; readonly isRefused: boolean } {
    const kind = value.slice(0, 40);
    const name = kind.trim().toLowerCase();
    const { preset } = this.form;
    // A preset leaves kinds out on purpose.
    const meant = preset === null ? likelyKind(value) : null;
    const isEmpty = name === '';
    if (meant !== null && this.likely.size < MOST_KINDS) this.likely.set(name, meant);
    if (hasAmount && !isEmpty && preset === null && this.paid.size < MOST_KINDS) this.paid.add(name);
    const fix = meant === null ? '' : `; if it means ${meant}, give --kind ${quoted(`${kind.trim()}=${meant}`)}`;
    const reason = preset === null ? `is no input${fix}` : `is left out by --preset ${preset}`;
    const why = isEmpty ? (hasAmount ? EMPTY_KIND : 'the kind is empty') : `kind ${kind} ${reason}`;
    const fault = { what: `kind is ${JSON.stringify(kind)}`, why };
    return { fault, isRefused: meant === 'order' || (isEmpty && hasAmount) };
  }

  /** What the kinds are likely to mean, all of them at once. Empty if each reason says it. `hasOrders`: whether other rows are orders. */
  advice(hasOrders: boolean): string {
    const meant = new Map(this.likely);
    if (!hasOrders) {
      for (const kind of this.paid) {
        const likely = likelyKind(kind) ?? (isNoOrder(kind) ? null : 'order');
        if (likely !== null) meant.set(kind, likely);
      }
    }
    if (meant.size === 0 || (meant.size === 1 && this.likely.size === 1)) return '';
    const pairs = quoted([...meant].map((pair) => pair.join('=')).join(','));
    return this.likely.size === 0
      ? `. If they are orders, give --kind ${pairs}`
      : `. All kinds at once: --kind ${pairs}`;
  }
}
