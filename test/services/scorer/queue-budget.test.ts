import { QueueBudget } from '../../../src/services/scorer/queue-budget';

test('the budget is spent from its last byte on, until some are given back', () => {
  const budget = new QueueBudget(100);
  expect(budget.bytes).toBe(0);
  budget.add(99);
  expect(budget.isSpent).toBe(false);
  budget.add(1);
  expect([budget.isSpent, budget.bytes]).toEqual([true, 100]);
  budget.add(-1);
  expect([budget.isSpent, budget.bytes]).toEqual([false, 99]);
});
