import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { lastOrderS } from '../../../domain/last-order';
import type { ClvUpdate } from '../../../domain/update';
import { ORDER_PROBABILITY_HORIZONS_DAYS } from '../../../domain/update';
import { customerToJson, toIso } from './customer-json';

const ROWS_PER_CHUNK = 200;

type Cell = string | number | null;

const COLUMNS: Readonly<Record<string, (update: ClvUpdate) => Cell>> = {
  customerId: ({ customerId }) => customerId,
  asOf: ({ asOfS }) => toIso(asOfS),
  currency: ({ currency }) => currency,
  clv: ({ value }) => value,
  clvP10: ({ prediction }) => prediction.clv365Quantiles[0],
  clvP50: ({ prediction }) => prediction.clv365Quantiles[1],
  clvP90: ({ prediction }) => prediction.clv365Quantiles[2],
  valueTier: ({ prediction }) => prediction.valueTier,
  lifecycleStage: ({ prediction }) => prediction.lifecycleStage,
  churnProbability: ({ prediction }) => prediction.churnProbability,
  ...Object.fromEntries(
    ORDER_PROBABILITY_HORIZONS_DAYS.map((days, i) => [
      `orderProbability${days}d`,
      ({ prediction }: ClvUpdate) => prediction.orderProbability[i]!,
    ]),
  ),
  orders: ({ history }) => history.orders,
  historicClv: ({ history }) => history.historicClv,
  lastOrder: (update) => {
    const lastS = lastOrderS(update);
    return lastS === null ? null : toIso(lastS);
  },
  confidence: ({ confidence }) => confidence,
  modelVersion: ({ modelVersion }) => modelVersion,
};

/** One row per customer under a header (RFC 4180). An absent figure is an empty cell. */
export function toCsv(updates: Iterable<ClvUpdate>): Readable {
  const columns = Object.values(COLUMNS);
  const row = (update: ClvUpdate): string => `${columns.map((column) => cell(column(update))).join(',')}\r\n`;
  return streamed(`${Object.keys(COLUMNS).join(',')}\r\n`, updates, row);
}

/** One JSON object per line, each the latest update of a customer as /v1/customers/:id has it. */
export function toJsonLines(updates: Iterable<ClvUpdate>): Readable {
  return streamed('', updates, (update) => `${JSON.stringify(customerToJson(update))}\n`);
}

function cell(value: Cell): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lets others run between chunks: an export of a million rows must not hold up the view. */
function streamed(head: string, updates: Iterable<ClvUpdate>, row: (update: ClvUpdate) => string): Readable {
  async function* chunks(): AsyncGenerator<string> {
    let chunk = head;
    let rows = 0;
    for (const update of updates) {
      chunk += row(update);
      if (++rows % ROWS_PER_CHUNK !== 0) continue;
      yield chunk;
      chunk = '';
      await turn();
    }
    if (chunk !== '') yield chunk;
  }
  return Readable.from(chunks(), { objectMode: false });
}
