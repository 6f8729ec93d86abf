import { modelEntries, modelLines } from '../../../src/cli/reports/model-lines';
import type { Release } from '../../../src/domain/release/release';
import type { CurrentModel, ModelAnnouncement } from '../../../src/ports/model-registry';

const MARCH_MS = Date.UTC(2026, 2, 1, 10);
const announcement = (version: string, minute: number, release?: Partial<Release>): ModelAnnouncement => ({
  ...{ version, artefact: new Uint8Array(), announcedAtMs: MARCH_MS + 60_000 * minute, note: `Loss of ${version}.` },
  ...(release
    ? { release: { action: 'promoted', by: 'trainer', reason: '', pinned: false, earlier: [], ...release } }
    : {}),
});
const current = (sequence: number, ...given: Parameters<typeof announcement>): CurrentModel => ({
  ...announcement(...given),
  sequence,
});

const FIRST = announcement('m-first', 0);
const COMPACTED = announcement('m-old', 1, {});
const HISTORY = [
  current(4, 'm-a', 2),
  current(6, 'm-b', 3, {}),
  current(8, 'm-a', 4, { action: 'rolled-back', by: 'ann@till', reason: 'too many in platinum' }),
  current(10, 'm-a', 5, { action: 'pinned', by: 'ann@till', reason: 'sale', pinned: true }),
];
const VERSIONS = new Map([FIRST, COMPACTED, HISTORY[1]!, HISTORY[3]!].map((each) => [each.version, each]));

test('one line per announcement, oldest first, with those whose announcement is gone before', () => {
  expect(modelLines(modelEntries(HISTORY, VERSIONS), 'clv-models')).toEqual([
    '   2026-03-01T10:00:00Z  m-first  stored       –         Loss of m-first.',
    '   2026-03-01T10:01:00Z  m-old    promoted     trainer   Loss of m-old.',
    '   2026-03-01T10:02:00Z  m-a      announced    –         Loss of m-a.',
    '   2026-03-01T10:03:00Z  m-b      promoted     trainer   Loss of m-b.',
    '   2026-03-01T10:04:00Z  m-a      rolled-back  ann@till  too many in platinum – Loss of m-a.',
    '*  2026-03-01T10:05:00Z  m-a      pinned       ann@till  sale – Loss of m-a.',
    'm-a is in force on clv-models, and pinned: the trainer publishes nothing until clv-stream model unpin',
  ]);
});

test('entries say all that a program needs', () => {
  const entries = modelEntries(HISTORY, VERSIONS);
  expect(entries[0]).toEqual({
    ...{ time: '2026-03-01T10:00:00.000Z', version: 'm-first', what: 'stored', by: null, reason: null },
    ...{ note: 'Loss of m-first.', inForce: false, pinned: false },
  });
  expect(entries.at(-1)).toMatchObject({ what: 'pinned', by: 'ann@till', reason: 'sale', inForce: true, pinned: true });
  expect(entries.filter(({ inForce }) => inForce)).toHaveLength(1);
});

test('without an announcement, no stored version is in force', () => {
  const noneInForce = 'No model was announced on models. Scorers use the model that they started with.';
  expect(modelLines([], 'models')).toEqual([noneInForce]);
  const lines = modelLines(modelEntries([], new Map([['m-first', FIRST]])), 'models');
  expect(lines).toEqual(['   2026-03-01T10:00:00Z  m-first  stored  –  Loss of m-first.', noneInForce]);
});

test('a note can not steer the terminal', () => {
  const steering = { ...current(0, 'm-a', 0, {}), note: 'red: \u001b[31m\nnext' };
  expect(modelLines(modelEntries([steering], new Map()), 'models')[0]).toContain('red: \uFFFD[31m\uFFFDnext');
});
