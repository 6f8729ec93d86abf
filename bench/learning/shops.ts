import { recordedHistory } from '../../src/cli/fit/history';
import { mergeSameDay } from '../../src/domain/blend/customer-history';
import { type CustomerEvent, SECONDS_PER_DAY } from '../../src/domain/event';
import { hashUnit } from '../../src/domain/math/hash';
import { recordedFile } from '../../test/support/recorded-data';
import { CHANGE_DAYS, changedShop, OPENS_S, YEAR_ASKED_DAYS, youngShop } from './changed-shops';

/** A shop, and the stretch of its history on which every contender is judged. */
export interface Shop {
  readonly name: string;
  readonly currency: string;
  /** The judged stretch goes from this instant, midnight UTC, to the end of the history. */
  readonly judgedFromS: number;
  /** The last instant of a question, and the end of learning. Absent: the end of the history. */
  readonly judgedUntilS?: number;
  /** Days between two refits by hand. A long history makes them sparser, because each one takes minutes. */
  readonly refitEveryDays: number;
  /** Share of the customers that --quick takes. */
  readonly quickShare: number;
  /** In the order of event time. Throws if the dataset is not on this machine. */
  load(): Promise<readonly CustomerEvent[]>;
}

const midnight = (day: string) => Date.parse(`${day}T00:00:00Z`) / 1000;

function recordedShop(
  name: string,
  file: string,
  rest: {
    currency: string;
    /** Midnight UTC from which the stream is read. Absent: all of the history. */
    since?: string;
    from: string;
    refitEveryDays: number;
    quickShare: number;
  },
): Shop {
  const { currency, since, from, refitEveryDays, quickShare } = rest;
  const sinceS = since === undefined ? Number.NEGATIVE_INFINITY : midnight(since);
  return {
    ...{ name, currency, refitEveryDays, quickShare, judgedFromS: midnight(from) },
    load: async () => {
      const path = recordedFile(file);
      if (path === null) throw new Error(`${file} is missing: set CLV_DATA_DIR to the folder of the datasets`);
      return [...(await recordedHistory([path], currency)).events].filter(({ timeS }) => timeS >= sinceS);
    },
  };
}

function simulatedShop(change: Parameters<typeof changedShop>[0], customers: number): Shop {
  return {
    ...{ name: `simulated-${change}`, currency: 'EUR', refitEveryDays: 28, quickShare: 0.15 },
    judgedFromS: OPENS_S + CHANGE_DAYS * SECONDS_PER_DAY,
    load: async () => changedShop(change, customers),
  };
}

function youngSimulatedShop(seed: number): Shop {
  const judgedFromS = OPENS_S + YEAR_ASKED_DAYS * SECONDS_PER_DAY;
  return {
    ...{ name: `simulated-year-${seed}`, currency: 'EUR', refitEveryDays: 28, quickShare: 1 },
    ...{ judgedFromS, judgedUntilS: judgedFromS },
    load: async () => youngShop(seed, 700),
  };
}

export const SHOPS: readonly Shop[] = [
  recordedShop('online-retail', 'online_retail.csv.gz', {
    ...{ currency: 'GBP', from: '2011-06-01', refitEveryDays: 28, quickShare: 0.1 },
  }),
  recordedShop('ta-feng', 'tafeng10k.csv.gz', {
    ...{ currency: 'TWD', from: '2001-01-01', refitEveryDays: 28, quickShare: 0.2 },
  }),
  recordedShop('cdnow', 'cdnow.csv.gz', {
    ...{ currency: 'USD', from: '1997-07-01', refitEveryDays: 28, quickShare: 0.04 },
  }),
  recordedShop('essec', 'essec.csv.gz', {
    // Of twelve years, three: a day of the stream is a day of work, and one whose orders are of long ago teaches little.
    ...{ currency: 'EUR', since: '2011-01-01', from: '2013-07-01', refitEveryDays: 84, quickShare: 0.02 },
  }),
  recordedShop('complete-journey', 'completejourney.csv.gz', {
    ...{ currency: 'USD', from: '2017-07-01', refitEveryDays: 28, quickShare: 0.06 },
  }),
  simulatedShop('demand', 1_200),
  simulatedShop('demand-gradual', 1_200),
  simulatedShop('value', 1_200),
  simulatedShop('mix', 1_200),
  ...Array.from({ length: 12 }, (_, i) => youngSimulatedShop(i + 1)),
];

export interface ShopHistory {
  readonly shop: Shop;
  /** In the order of event time. */
  readonly events: readonly CustomerEvent[];
  /** Midnight UTC after the last event. */
  readonly endS: number;
}

const SAMPLE_SALT = 0x1ea4;

/** The history of a share of the customers, chosen by a hash of their ids. */
export async function openShop(shop: Shop, share: number): Promise<ShopHistory> {
  // Orders of one day are one order, for every contender and every label, as in the published figures of the BTYD models.
  const all = mergeSameDay(await shop.load());
  const events = all.filter(({ customerId }) => share >= 1 || hashUnit(customerId, SAMPLE_SALT) < share);
  const lastS = events.at(-1)?.timeS ?? 0;
  return { shop, events, endS: (Math.floor(lastS / SECONDS_PER_DAY) + 1) * SECONDS_PER_DAY };
}

/** When learning ends: at the last question. */
export function learnUntilS({ shop, endS }: ShopHistory): number {
  return shop.judgedUntilS ?? endS;
}
