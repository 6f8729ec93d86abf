import { SECONDS_PER_DAY } from '../event';
import { ShopCalendar } from './shop-calendar';
import type { ShopPopulation } from './shop-population';

const HOUR_S = 3_600;
const HOUR_DAYS = HOUR_S / SECONDS_PER_DAY;

/** A quantity with a constant part and a part per unit of a customer's sensitivity to promotions. */
export interface Demand {
  readonly plain: number;
  readonly promoted: number;
}

/**
 * Integrals of a shop's weights from a start, in days. They are exact at any instant, because the weights are constant within an hour.
 * `open` is the expected number of open wishes of a reference customer, who opens one wish per ordinary day, was always active and never
 * leaves.
 */
export class DemandSums {
  private readonly calendar: ShopCalendar;
  private readonly beginS: number;
  private readonly trafficUntil: number[] = [0];
  private readonly plainUntil: number[] = [0];
  private readonly promotedUntil: number[] = [0];
  private readonly openAt: Demand[];

  constructor(
    private readonly population: ShopPopulation,
    fromS: number,
    untilS: number,
  ) {
    this.calendar = new ShopCalendar(population);
    this.beginS = Math.floor(fromS / HOUR_S) * HOUR_S;
    const first = this.at(this.beginS);
    this.openAt = [{ plain: first.plain * population.considerationDays, promoted: 0 }];
    for (let hourS = this.beginS, i = 0; hourS < untilS; hourS += HOUR_S, i++) {
      const traffic = this.calendar.traffic.weight(hourS);
      const { plain, promoted } = this.at(hourS);
      this.trafficUntil.push(this.trafficUntil[i]! + traffic * HOUR_DAYS);
      this.plainUntil.push(this.plainUntil[i]! + traffic * plain * HOUR_DAYS);
      this.promotedUntil.push(this.promotedUntil[i]! + traffic * promoted * HOUR_DAYS);
      this.openAt.push(this.openLater(this.openAt[i]!, hourS, HOUR_DAYS));
    }
  }

  /** ∫ traffic. */
  traffic(timeS: number): number {
    return this.between(this.trafficUntil, timeS);
  }

  /** ∫ traffic × demand. */
  demand(timeS: number): Demand {
    return { plain: this.between(this.plainUntil, timeS), promoted: this.between(this.promotedUntil, timeS) };
  }

  /** Demand at the instant, without traffic. */
  at(timeS: number): Demand {
    const plain = this.calendar.demand(timeS, 0);
    return { plain, promoted: this.calendar.demand(timeS, 1) - plain };
  }

  discount(timeS: number): number {
    return this.calendar.discount(timeS);
  }

  open(timeS: number): Demand {
    const hour = Math.floor((timeS - this.beginS) / HOUR_S);
    const hourS = this.beginS + hour * HOUR_S;
    return this.openLater(this.openAt[hour]!, hourS, (timeS - hourS) / SECONDS_PER_DAY);
  }

  /** Solves w′ = traffic · (demand − w / considerationDays) within an hour; w: expected open wishes. */
  private openLater({ plain, promoted }: Demand, hourS: number, days: number): Demand {
    const { considerationDays } = this.population;
    const left = Math.exp((-this.calendar.traffic.weight(hourS) * days) / considerationDays);
    const now = this.at(hourS);
    return {
      plain: plain * left + now.plain * considerationDays * (1 - left),
      promoted: promoted * left + now.promoted * considerationDays * (1 - left),
    };
  }

  private between(until: readonly number[], timeS: number): number {
    const hours = (timeS - this.beginS) / HOUR_S;
    const i = Math.floor(hours);
    return until[i]! + (hours - i) * ((until[i + 1] ?? until[i]!) - until[i]!);
  }
}
