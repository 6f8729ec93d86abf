import { SECONDS_PER_DAY } from '../../domain/event';

/** The midnight after an event, seconds. */
export function endOfDayS(atS: number): number {
  return (Math.floor(atS / SECONDS_PER_DAY) + 1) * SECONDS_PER_DAY;
}

/** On a fixed grid of days, so that a restart changes no turn. */
export function isTurn(dayS: number, everyDays: number): boolean {
  return everyDays > 0 && (dayS / SECONDS_PER_DAY) % Math.max(1, Math.round(everyDays)) === 0;
}
