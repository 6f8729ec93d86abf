import { decodeReport, encodeReport } from '../../src/serde/prequential-report-codec';
import { fakeReport } from '../support/prequential-report';

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

test('what is read is what was written, to six digits, figures that are no number included', () => {
  const report = fakeReport();
  const [seven, ...rest] = report.horizons;
  const [served, ...others] = seven!.models;
  const untold = { ...served!, buysAgain: { ...served!.buysAgain, auc: Number.NaN } };
  const bytes = encodeReport({ ...report, horizons: [{ ...seven!, models: [untold, ...others] }, ...rest] });
  const decoded = decodeReport(bytes);
  if (!decoded.ok) throw new Error(decoded.detail);
  const [first] = decoded.value.horizons;
  expect(first!.models[0]!.buysAgain.auc).toBeNaN();
  expect(first!.models[0]!.orders.rmse).toBeCloseTo(served!.orders.rmse, 5);
  expect(decoded.value.horizons[3]).toEqual({ days: 365, judged: 0, nextInDays: null, models: [] });
  expect({ ...decoded.value, horizons: [] }).toEqual({ ...report, horizons: [] });
  expect(bytes.length).toBeLessThan(20_000);
});

test.each([
  ['no JSON', new Uint8Array([123, 34]), /^No JSON/],
  [
    'another format',
    text({ format: 2, asOfS: 1, currentVersion: 'm', horizons: [] }),
    /^Format 2; this program reads 1/,
  ],
  ['a part missing', text({ format: 1, currentVersion: 'm', horizons: [] }), /is missing/],
  ['no object', text(null), /no JSON object|Cannot|Format/],
])('refuses %s with a sentence', (_, bytes, detail) => {
  expect(decodeReport(bytes)).toMatchObject({
    ok: false,
    reason: 'undecodable',
    detail: expect.stringMatching(detail),
  });
});
