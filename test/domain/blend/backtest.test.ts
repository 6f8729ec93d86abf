import { backtest } from '../../../src/domain/blend/backtest';
import { BtydFits } from '../../../src/domain/blend/btyd-baselines';
import { customerHistories } from '../../../src/domain/blend/customer-history';
import { TooLittleHistoryError } from '../../../src/domain/blend/network-model';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { mulberry32 } from '../../../src/domain/math/random';
import { anEvent } from '../../support/events';
import { randomModel } from '../../support/models';

const SEED = 5;
const DAY_S = SECONDS_PER_DAY;

describe(`the backtest one window before (seed ${SEED})`, () => {
  const random = mulberry32(SEED);
  const events = Array.from({ length: 200 }, (_, i) =>
    anEvent({
      customerId: `c${i % 40}`,
      eventId: `e${i}`,
      timeS: Math.floor(((i + random()) / 200) * 100 * DAY_S),
      amountMinor: 1_000 + Math.floor(1_000 * random()),
    }),
  );
  const histories = customerHistories(events);
  const task = {
    events,
    histories,
    fits: new BtydFits(histories),
    asOfS: 80 * DAY_S,
    windowDays: 30,
    seed: 1,
    minorPerMajor: 100,
  };

  test('trains before the origin and sees what happened in the window, nothing later', async () => {
    const requested: number[] = [];
    const test = await backtest(task, async (_events, endS) => {
      requested.push(endS);
      return randomModel(SEED);
    });
    expect(requested).toEqual([50 * DAY_S]);
    expect(test).toMatchObject({ originS: 50 * DAY_S, days: 30 });
    const inWindow = events.filter(({ timeS }) => timeS >= 50 * DAY_S && timeS < 80 * DAY_S);
    expect(test!.rows.reduce((sum, { orders }) => sum + orders, 0)).toBe(inWindow.length);
    const spent = inWindow.reduce((sum, { amountMinor }) => sum + amountMinor, 0) / 100;
    expect(test!.rows.reduce((sum, { ordered }) => sum + ordered, 0)).toBeCloseTo(spent, 6);
    for (const { networkValue, btydValue } of test!.rows) {
      expect(networkValue).toBeGreaterThan(0);
      expect(btydValue).toBeGreaterThan(10);
      expect(btydValue).toBeLessThan(20);
    }
  });

  test('is absent if no customer existed or there was too little to train on; another fault is an error', async () => {
    const failing = (error: Error) => () => Promise.reject(error);
    expect(await backtest({ ...task, windowDays: 90 }, failing(new Error('not asked')))).toBeNull();
    expect(await backtest(task, failing(new TooLittleHistoryError()))).toBeNull();
    await expect(backtest(task, failing(new Error('out of memory')))).rejects.toThrow('out of memory');
  });
});
