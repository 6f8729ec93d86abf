import { decodeTierRelease, encodeTierRelease, versionOfCuts } from '../../src/serde/tier-release-codec';
import { seeded, testSeed } from '../support/seeded';

const seed = testSeed();
const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const releaseOf = (cuts: readonly [number, number, number], margin = 0.05) => ({
  version: versionOfCuts({ cuts, margin }),
  ...{ cuts, margin, customers: 17, releasedAtMs: 1_700_000_000_000 },
});

test(`law: a release comes back to the bit (CLV_TEST_SEED=${seed})`, () => {
  const { next } = seeded(seed);
  for (let round = 0; round < 500; round++) {
    const cuts = [next(), next(), next()].map((x) => Math.exp(80 * (x - 0.5))).sort((a, b) => a - b);
    const release = releaseOf(cuts as unknown as [number, number, number], next());
    expect(decodeTierRelease(encodeTierRelease(release))).toEqual({ ok: true, value: release });
  }
});

test('the version is a digest of cuts and margin: it never changes for the same, and differs for others', () => {
  expect(versionOfCuts({ cuts: [1, 2.5, 3], margin: 0.05 })).toBe('t-ea5dc7a56c7a');
  expect(versionOfCuts({ cuts: [1, 2.5, 3], margin: 0.06 })).not.toBe(
    versionOfCuts({ cuts: [1, 2.5, 3], margin: 0.05 }),
  );
});

test.each<[string, Uint8Array, RegExp]>([
  ['no JSON', new Uint8Array([255]), /^No JSON/],
  ['no object', text(null), /no JSON object/],
  ['another format', text({ format: 2, ...releaseOf([1, 2, 3]) }), /^Format 2; this program reads 1\.$/],
  ['two cuts', text({ format: 1, ...releaseOf([1, 2, 3]), cuts: [1, 2] }), /missing/],
  ['a cut that is no number', text({ format: 1, ...releaseOf([1, 2, 3]), cuts: [1, null, 3] }), /missing/],
  ['no margin', text({ format: 1, ...releaseOf([1, 2, 3]), margin: undefined }), /missing/],
  ['cuts that fall', text({ format: 1, ...releaseOf([3, 2, 1]) }), /fall/],
  ['an altered cut', text({ format: 1, ...releaseOf([1, 2, 3]), cuts: [1, 2, 4] }), /is not that of the cuts/],
])('%s is refused', (_, value, detail) => {
  expect(decodeTierRelease(value)).toMatchObject({ ok: false, detail: expect.stringMatching(detail) });
});
