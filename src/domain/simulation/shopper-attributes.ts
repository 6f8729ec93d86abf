import type { CustomerAttributes } from '../attributes';
import { textHash } from '../math/hash';
import { drawNormal, mulberry32, type Random } from '../math/random';
import type { ShopPopulation } from './shop-population';
import type { TrueShopper } from './true-shopper';

const AGE_BANDS = ['65+', '50-64', '35-49', '25-34', '18-24'];
const CHANNELS = ['store', 'newsletter', 'search', 'advert'];
const REGIONS = ['north', 'east', 'south', 'west'];
/** Share of each attribute that is unknown. */
const UNKNOWN_SHARE = 0.1;
/** Deviation of what blurs the rates, in units of their logarithm. */
const BLUR = 0.7;
/** Between neighbouring values, in the same units. */
const STEP = 0.8;
/** Logarithm of a rate that is none. */
const NO_RATE = -3;

/**
 * What a shop would know of a simulated customer: an age band that tells of how often they buy, a channel that tells of how soon they
 * leave, each blurred, and a region that tells nothing. From random numbers of their own, so that nobody's events change with them.
 */
export function shopperAttributes(shopper: TrueShopper, population: ShopPopulation): CustomerAttributes {
  const random = mulberry32(textHash(`attributes of ${shopper.customerId} ${shopper.arrivalS}`));
  const { ordersPerDay, dropoutsPerDay } = shopper;
  const region = REGIONS[Math.floor(random() * REGIONS.length)]!;
  return {
    ageBand: known(random, blurred(random, AGE_BANDS, ordersPerDay / population.purchasesPerDay)),
    region: known(random, region),
    channel: known(random, blurred(random, CHANNELS, dropoutsPerDay / population.dropoutsPerDay)),
  };
}

/** The higher the rate, relative to the population's mean, the later in the list. */
function blurred(random: Random, values: readonly string[], rate: number): string {
  const at = (rate === 0 ? NO_RATE : Math.log(rate)) + BLUR * drawNormal(random);
  const middle = (values.length - 1) / 2;
  return values[Math.min(values.length - 1, Math.max(0, Math.round(middle + 0.5 + at / STEP)))]!;
}

function known(random: Random, value: string): string | null {
  return random() < UNKNOWN_SHARE ? null : value;
}
