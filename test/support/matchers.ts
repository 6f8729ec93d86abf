import { type Numbers, numbersFault } from './numbers';

declare global {
  namespace jest {
    interface Matchers<R> {
      /** The same numbers at the same positions: see {@link numbersFault}. */
      toEqualNumbers(expected: Numbers, within?: number): R;
    }
  }
}

expect.extend({
  toEqualNumbers(actual: Numbers, expected: Numbers, within = 0) {
    const fault = numbersFault(actual, expected, within);
    return { pass: fault === null, message: () => fault ?? `the numbers are the same within ${within}` };
  },
});
