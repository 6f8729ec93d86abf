import { UNKNOWN_END, watermarkS } from '../../../src/domain/labels/watermark';

const at = (nextOffset: number, latestS: number) => ({ nextOffset, latestS });

test.each([
  ['the least of all that are behind', [at(1, 100), at(1, 300), at(1, 200)], [5, 5, 5], 90],
  ['a topic read to its end is left out', [at(5, 100), at(1, 300), at(1, 200)], [5, 5, 5], 190],
  ['all read to their ends: the newest event', [at(5, 100), at(5, 300), at(5, 200)], [5, 5, 5], 290],
  ['an empty topic is at its end', [at(0, -1), at(1, 300), at(0, -1)], [0, 5, 0], 290],
  ['an unread topic holds everything up', [at(0, -1), at(1, 300), at(5, 200)], [1, 5, 5], -1],
  ['a topic nobody asked about is not idle', [at(5, 100), at(5, 300), at(5, 200)], [5, UNKNOWN_END, UNKNOWN_END], 190],
  ['nothing at all says nothing', [at(0, -1), at(0, -1), at(0, -1)], [0, 0, 0], -1],
] as const)('%s', (_, topics, ends, expected) => {
  expect(watermarkS(topics, ends, 10)).toBe(expected);
});
