import { ORDER_PROBABILITY_HORIZONS_DAYS, VALUE_HORIZONS_DAYS, VALUE_TIERS } from '../../src/domain/update';

test('horizons and tiers are those that the fields of an update are named by', () => {
  expect(VALUE_HORIZONS_DAYS).toEqual([30, 90, 365]);
  expect(ORDER_PROBABILITY_HORIZONS_DAYS).toEqual([7, 30, 90, 365]);
  expect(VALUE_TIERS).toEqual(['bronze', 'silver', 'gold', 'platinum']);
});
