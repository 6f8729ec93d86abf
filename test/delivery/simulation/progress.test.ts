import { mulberry32 } from '../../../src/domain/math/random';
import { variantNamed } from './mutants';
import { Worker } from './worker';
import { createWorld, heal, type World } from './world';

const ROUNDS = 30;

/**
 * A healthy owner folds continuously. Beside it is an idle zombie: the group has removed it, but it has not noticed. Returns how often the
 * zombie takes the partition over. Each has its own tick. Only the owner is confirmed by the group.
 */
function zombieClaims(variantName: string): number {
  const world = createWorld(7, mulberry32(7), variantNamed(variantName), new Set());
  heal(world);
  const zombie = new Worker('zombie', world);
  zombie.dispatch({ type: 'assigned' });
  settle(world, zombie);
  const owner = new Worker('owner', world);
  owner.dispatch({ type: 'assigned' });
  for (let round = 0; round < ROUNDS; round++) {
    settle(world, owner);
    owner.dispatch({ type: 'confirmed' });
    owner.fetch(round % world.logs.topics.length);
    settle(world, owner);
    zombie.dispatch({ type: 'tick' });
    settle(world, zombie);
  }
  return zombie.claims - 1;
}

function settle(world: World, worker: Worker): void {
  while (worker.isBusy) {
    worker.step();
    world.kafka.settle();
  }
}

test('an idle zombie that finds the commit chain moved leaves the owner alone', () => {
  expect(zombieClaims('full')).toBe(0);
});

test('… and would not without asking the group first', () => {
  expect(zombieClaims('idle-check-unconfirmed')).toBeGreaterThan(1);
});
