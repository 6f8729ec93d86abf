import { type Claimant, nextOwner, type Owner } from '../../../src/adapters/embedded/store-owner';

const NOW_MS = 1_800_000_000_000;

const claimant = (change: Partial<Claimant> = {}): Claimant => ({
  host: 'here',
  pid: 20,
  nowMs: () => NOW_MS,
  isRunning: () => false,
  ...change,
});

const owner = (change: Partial<Owner> = {}): Owner => ({
  host: 'here',
  pid: 10,
  seenAtMs: NOW_MS - 3_000,
  epoch: 4,
  ...change,
});

test('a store without an owner is taken', () => {
  expect(nextOwner(undefined, claimant())).toEqual({ host: 'here', pid: 20, seenAtMs: NOW_MS, epoch: 1 });
});

test.each<[string, Owner, Claimant]>([
  ['that ended in order', owner({ seenAtMs: 0 }), claimant({ isRunning: () => true })],
  ['that was killed on this host', owner(), claimant()],
  ['whose pid is now ours, as in a restarted container', owner({ pid: 20 }), claimant({ isRunning: () => true })],
  ['that has been silent for over a minute', owner({ seenAtMs: NOW_MS - 61_000 }), claimant({ isRunning: () => true })],
  [
    'of another host that has been silent for over a minute',
    owner({ host: 'there', seenAtMs: NOW_MS - 61_000 }),
    claimant(),
  ],
  ['that was seen before the clock was set back', owner({ host: 'there', seenAtMs: NOW_MS + 61_000 }), claimant()],
])('the store of an owner %s is taken over, under the next epoch', (_, stored, by) => {
  expect(nextOwner(stored, by)).toEqual({ host: 'here', pid: 20, seenAtMs: NOW_MS, epoch: 5 });
});

test.each<[string, Owner, RegExp]>([
  [
    'on this host',
    owner(),
    /^process 10 on here uses this store \(last sign of life 3 s ago\)\. Stop it first, or give this process its own folder\./,
  ],
  [
    'on another host',
    owner({ host: 'there' }),
    /^process 10 on there uses .* If it was killed on another host, wait 60 s$/,
  ],
])('the store of an owner that runs %s is refused', (_, stored, message) => {
  expect(() => nextOwner(stored, claimant({ isRunning: () => true }))).toThrow(message);
});
