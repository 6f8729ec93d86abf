import { FormatNotice } from '../../../src/services/scorer/format-notice';
import { ScorerWorld } from '../../support/scorer-world';

test('an older format level is logged once for all partitions; the newest is not logged', () => {
  const world = new ScorerWorld();
  const notice = new FormatNotice(world.observer);
  notice.note(0, 3);
  expect(world.observed).toEqual([]);
  notice.note(4, 2);
  notice.note(5, 1);
  expect(world.noticed).toEqual([
    {
      level: 'warn',
      message: expect.stringMatching(
        /^partition 4 and perhaps others store state at format level 2 of 3, without value tiers by share, .* state upgrade$/,
      ),
      detail: { partition: 4, level: 2, newest: 3 },
    },
  ]);
});
