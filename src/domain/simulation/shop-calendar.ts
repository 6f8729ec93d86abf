import { SECONDS_PER_DAY } from '../event';
import { drawExponential, type Random } from '../math/random';
import { mean } from '../metrics/errors';
import type { ShopPopulation } from './shop-population';

const HOURS_PER_DAY = 24;
const HOUR_S = SECONDS_PER_DAY / HOURS_PER_DAY;
/** Days before each month in a leap year. Every year uses this calendar. */
const DAYS_BEFORE_MONTH = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335];
const YEAR_DAYS = 366;

/** A rate's weight over time, and its maximum. */
export interface Rhythm {
  weight(timeS: number): number;
  readonly peak: number;
}

/** The busy and quiet times of a simulated shop. Every weight is constant within an hour (UTC) and has mean 1 over its week or year. */
export class ShopCalendar {
  /** The weekly and hourly rhythm of visits, and of decisions while a wish lasts. */
  readonly traffic: Rhythm;
  private readonly season: Float64Array; // [366]
  private readonly uplifts = new Float64Array(YEAR_DAYS);
  private readonly discounts = new Float64Array(YEAR_DAYS);

  constructor({ weekdayWeights, hourWeights, season, promotions }: ShopPopulation) {
    const scale = mean(weekdayWeights) * mean(hourWeights);
    this.traffic = {
      weight: (timeS) => {
        // The epoch was a Thursday.
        const weekday = (Math.floor(timeS / SECONDS_PER_DAY) + 4) % weekdayWeights.length;
        const hour = Math.floor((timeS % SECONDS_PER_DAY) / HOUR_S);
        return (weekdayWeights[weekday]! * hourWeights[hour]!) / scale;
      },
      peak: (Math.max(...weekdayWeights) * Math.max(...hourWeights)) / scale,
    };
    this.season = yearOf(season.map(({ day, weight }) => ({ day: dayOfYear(day), weight })));
    for (const { from, days, uplift, discount } of promotions) {
      for (let day = dayOfYear(from), k = 0; k < days; k++) {
        this.uplifts[(day + k) % YEAR_DAYS] = uplift;
        this.discounts[(day + k) % YEAR_DAYS] = discount;
      }
    }
  }

  /** Season and promotions: the factor on the wishes of a customer of this sensitivity, without week and hour. */
  demand(timeS: number, sensitivity: number): number {
    const day = dayOfInstant(timeS);
    return this.season[day]! * (1 + sensitivity * this.uplifts[day]!);
  }

  /** Discount on an order placed at this instant, as a share of the price. */
  discount(timeS: number): number {
    return this.discounts[dayOfInstant(timeS)]!;
  }

  /** The rhythm of a customer's wishes: traffic times demand. */
  wishes(sensitivity: number): Rhythm {
    const { traffic } = this;
    const most = Math.max(...this.season.map((weight, day) => weight * (1 + sensitivity * this.uplifts[day]!)));
    return {
      weight: (timeS) => traffic.weight(timeS) * this.demand(timeS, sensitivity),
      peak: traffic.peak * most,
    };
  }
}

/**
 * The next instant after `afterS`, in seconds, of a Poisson process of `perDay` that follows a rhythm. Infinite if it is past `untilS`.
 * By thinning, so that the mean rate is exact.
 */
export function drawInstant(
  random: Random,
  perDay: number,
  { weight, peak }: Rhythm,
  afterS: number,
  untilS = Number.POSITIVE_INFINITY,
): number {
  if (perDay <= 0) return Number.POSITIVE_INFINITY;
  for (let timeS = afterS; timeS <= untilS; ) {
    timeS += drawExponential(random, perDay * peak) * SECONDS_PER_DAY;
    if (random() * peak < weight(timeS)) return timeS;
  }
  return Number.POSITIVE_INFINITY;
}

/** Weights of the days of a year with mean 1. They are linear between the points, also across new year. */
function yearOf(points: readonly { readonly day: number; readonly weight: number }[]): Float64Array {
  const year = new Float64Array(YEAR_DAYS).fill(1);
  points.forEach(({ day, weight }, i) => {
    const next = points[(i + 1) % points.length]!;
    const days = ((next.day - day + YEAR_DAYS - 1) % YEAR_DAYS) + 1;
    for (let k = 0; k < days; k++) year[(day + k) % YEAR_DAYS] = weight + ((next.weight - weight) * k) / days;
  });
  const scale = mean(year);
  return year.map((weight) => weight / scale);
}

function dayOfYear(monthAndDay: string): number {
  const [month, day] = monthAndDay.split('-').map(Number) as [number, number];
  return DAYS_BEFORE_MONTH[month - 1]! + day - 1;
}

function dayOfInstant(timeS: number): number {
  const date = new Date(timeS * 1000);
  return DAYS_BEFORE_MONTH[date.getUTCMonth()]! + date.getUTCDate() - 1;
}
