import type { CustomerAttributes } from '../attributes';
import { textHash } from '../math/hash';
import { drawNormal, mulberry32, type Random } from '../math/random';
import type { ShopPopulation } from './shop-population';
import type { TrueShopper } from './true-shopper';

const AGE_BANDS = ['65+', '50-64', '35-49', '25-34', '18-24'];
const CHANNELS = ['store', 'newsletter', 'search', 'advert'];
const REGIONS = ['north', 'east', 'south', 'west'];
/** Share of each attribute that is missing. */
const UNKNOWN_SHARE = 0.1;
/** Standard deviation of the noise on a rate, in units of its logarithm. */
const BLUR = 0.7;
/** Distance between neighbouring values, in the same units. */
const STEP = 0.8;
/** Logarithm that stands for a rate of 0. */
const NO_RATE = -3;

/**
 * Attributes of a simulated customer. The age band depends on how often they buy, the channel on how soon they leave, each with noise.
 * The region depends on nothing. A separate random stream: attributes must not change anybody's events.
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

/** The higher the rate relative to the population's mean, the later in the list. */
function blurred(random: Random, values: readonly string[], rate: number): string {
  const at = (rate === 0 ? NO_RATE : Math.log(rate)) + BLUR * drawNormal(random);
  const middle = (values.length - 1) / 2;
  return values[Math.min(values.length - 1, Math.max(0, Math.round(middle + 0.5 + at / STEP)))]!;
}

function known(random: Random, value: string): string | null {
  return random() < UNKNOWN_SHARE ? null : value;
}
