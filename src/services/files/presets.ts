import type { ColumnNames } from './columns';
import { type KindRule, OWN_KINDS } from './kinds';
import { isNoOrder } from './likely-names';

/** Several rows of one order: their amounts are parts of it (sum), or each repeats the order's total, or leaves it out (total). */
export type LineAmounts = 'sum' | 'total';

/** How a common program exports orders. Options of the user go before it. */
export interface Preset {
  readonly columns: ColumnNames;
  readonly kinds: KindRule;
  readonly dateFormats: readonly string[];
  readonly lines: LineAmounts;
  /** ISO 4217, where all such files are in one currency and don't say so. */
  readonly currency: string | null;
}

export const PRESETS = {
  /** Orders → Export in the admin: a row per item. Only the first row of an order has its total. */
  shopify: {
    columns: {
      customer_id: ['Email', 'Customer ID'],
      ts: ['Created at', 'Paid at'],
      kind: ['Financial Status'],
      order_id: ['Name', 'Id'],
      amount: ['Total'],
      items: ['Lineitem quantity'],
      refunded: ['Refunded Amount'],
      currency: ['Currency'],
    },
    kinds: { fixed: null, values: leftOut('voided', 'expired'), others: 'order' },
    dateFormats: [],
    lines: 'total',
    currency: null,
  },
  /** Analytics → Orders, and the common export extensions: a row per order or per product, each with the order's total. */
  woocommerce: {
    columns: {
      customer_id: [
        'billing_email',
        'Email (Billing)',
        'Billing Email',
        'Customer Email',
        'customer_email',
        'Customer',
      ],
      ts: ['date_created', 'Order Date', 'order_date', 'Date'],
      kind: ['status', 'Order Status', 'order_status'],
      order_id: ['order_number', 'Order Number', 'order_id', 'Order ID', 'Order #'],
      amount: ['order_total', 'Order Total Amount', 'Order Total', 'total', 'N. Revenue'],
      items: ['Quantity', 'Items sold', 'item_quantity'],
      refunded: ['refunded_total', 'Order Refund Amount'],
      currency: ['order_currency', 'currency', 'Order Currency'],
    },
    kinds: {
      fixed: null,
      values: leftOut(
        'pending',
        'pending payment',
        'failed',
        'cancelled',
        'refunded',
        'draft',
        'checkout-draft',
        'trash',
      ),
      others: 'order',
      // A shop's exports name the states in its own language.
      except: isNoOrder,
    },
    dateFormats: [],
    lines: 'total',
    currency: null,
  },
  /** UCI's data sets Online Retail and Online Retail II: a row per item, negative for what came back. */
  'uci-online-retail': {
    columns: {
      customer_id: ['CustomerID', 'Customer ID'],
      ts: ['InvoiceDate'],
      order_id: ['InvoiceNo', 'Invoice'],
      items: ['Quantity'],
      unit_price: ['UnitPrice', 'Price'],
    },
    kinds: OWN_KINDS,
    dateFormats: ['M/d/yyyy H:mm', 'M/d/yy H:mm'],
    lines: 'sum',
    currency: 'GBP',
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

function leftOut(...states: string[]): ReadonlyMap<string, null> {
  return new Map(states.flatMap((state) => [state, `wc-${state}`]).map((state) => [state, null]));
}
