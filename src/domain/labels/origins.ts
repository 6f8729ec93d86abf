import { BLOCK_EDGES_DAYS, BLOCKS } from '../blocks';
import { boundedSum } from '../bounded-sum';
import { type CustomerEvent, SECONDS_PER_DAY } from '../event';
import { hashUnit } from '../math/hash';
import type { StoredScore } from '../prequential/judged-score';
import type { OriginLabel } from '../scoring/example';

/** What a customer did in each block after an origin. Only closed blocks may be counted. Money in minor units. */
export interface BlockTally {
  readonly orders: number[]; // [BLOCKS]
  readonly valuedOrders: number[]; // [BLOCKS]
  readonly orderedMinor: number[]; // [BLOCKS]
  /** Given back by refunds and cancellations dated in the block. */
  readonly returnedMinor: number[]; // [BLOCKS]
  /** Blocks that were closed when this origin was last trained on. */
  trainedBlocks: number;
  /** Horizons at which the score was judged: the first so many of PREQUENTIAL_HORIZONS_DAYS. */
  judged: number;
  /** In the reservoir. */
  sampled: boolean;
  /** Nothing after this instant was counted, seconds; null while the origin is open. */
  endedAtS: number | null;
}

/** A customer asked at an instant: all that was known then, and what happened since. */
export interface Origin {
  readonly customerId: string;
  /** Event time of the question, whole seconds: everything up to and including it is in the snapshot, everything after in the blocks. */
  readonly atS: number;
  /** The state as of `atS` (window and summary), encoded. The window is kept, because an encoder that changes needs it. */
  readonly snapshot: Uint8Array;
  /** By orders at the origin, see {@link ORDER_SEGMENTS}. */
  readonly segment: number;
  /** What the champion of that moment said: judged when the label matures (prequential), never scored again. */
  readonly score: StoredScore | null;
  readonly tally: BlockTally;
}

export type OriginKey = Pick<Origin, 'customerId' | 'atS'>;

export function emptyTally(): BlockTally {
  const zeros = () => new Array<number>(BLOCKS).fill(0);
  return {
    orders: zeros(),
    valuedOrders: zeros(),
    orderedMinor: zeros(),
    returnedMinor: zeros(),
    trainedBlocks: 0,
    judged: 0,
    sampled: false,
    endedAtS: null,
  };
}

/** By event time, then customer: the order in which origins are opened. */
export function compareOrigins(a: OriginKey, b: OriginKey): number {
  return a.atS - b.atS || (a.customerId < b.customerId ? -1 : a.customerId > b.customerId ? 1 : 0);
}

/** When a block closes, seconds: block k covers (edge k, edge k+1] days after the origin. */
export function blockEndS(atS: number, block: number): number {
  return atS + BLOCK_EDGES_DAYS[block + 1]! * SECONDS_PER_DAY;
}

/** Blocks of an origin whose every event has had its turn when all before `clockS` have. */
export function closedBlocks(origin: { readonly atS: number; readonly tally: BlockTally }, clockS: number): number {
  const untilS = origin.tally.endedAtS === null ? clockS : Math.min(clockS, origin.tally.endedAtS);
  let closed = 0;
  while (closed < BLOCKS && blockEndS(origin.atS, closed) < untilS) closed++;
  return closed;
}

/** Counts an event into the block of its event time. False where that block is closed at the event's turn (it came too late). */
export function addToTally(origin: Pick<Origin, 'atS' | 'tally'>, event: CustomerEvent, atTurnS: number): boolean {
  const block = BLOCK_EDGES_DAYS.findIndex((_, k) => k < BLOCKS && event.timeS <= blockEndS(origin.atS, k));
  if (block < 0 || event.timeS <= origin.atS) return true;
  if (blockEndS(origin.atS, block) < atTurnS) return false;
  const { tally } = origin;
  if (event.kind === 'order') {
    tally.orders[block]! += 1;
    tally.orderedMinor[block] = boundedSum(tally.orderedMinor[block]!, event.amountMinor);
    if (event.amountMinor > 0) tally.valuedOrders[block]! += 1;
  } else tally.returnedMinor[block] = boundedSum(tally.returnedMinor[block]!, event.amountMinor);
  return true;
}

/** The label as far as it has matured at `clockS`. */
export function labelOf(origin: { readonly atS: number; readonly tally: BlockTally }, clockS: number): OriginLabel {
  const { tally } = origin;
  const closed = closedBlocks(origin, clockS);
  const sum = (values: readonly number[]) => values.slice(0, closed).reduce((a, b) => a + b, 0);
  const orderedMinor = sum(tally.orderedMinor);
  return {
    closedBlocks: closed,
    orders: tally.orders.map((orders, k) => (k < closed ? orders : 0)),
    orderedMinor,
    valuedOrders: sum(tally.valuedOrders),
    spendMinor: Math.max(0, orderedMinor - sum(tally.returnedMinor)),
  };
}

/**
 * The first instant from `fromS` on at which a customer is asked. One instant per period, at a place in it drawn by hash: no event
 * decides it, so that it isn't always right after an order and silent customers are asked as often as busy ones.
 */
export function nextOriginS(customerId: string, fromS: number, everyDays: number): number {
  const periodS = everyDays * SECONDS_PER_DAY;
  for (let k = Math.floor(fromS / periodS); ; k++) {
    const atS = Math.floor((k + hashUnit(customerId, k)) * periodS);
    if (atS >= fromS) return atS;
  }
}

const GATE_SALT = 0x6a7e;
const PRIORITY_SALT = 0x5eed;

/** Gate customers judge the challengers and are never trained on. */
export function isGateCustomer(customerId: string, share: number): boolean {
  return hashUnit(customerId, GATE_SALT) < share;
}

/** Uniform [0, 1) by origin: which origins stay where there are too many. Independent of what the customer did. */
export function originPriority(origin: OriginKey): number {
  return hashUnit(origin.customerId, origin.atS ^ PRIORITY_SALT);
}
