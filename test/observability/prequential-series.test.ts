import { METRICS } from '../../src/observability/metrics';
import { prequentialSamples } from '../../src/observability/prequential-series';
import { createPrometheusObserver } from '../../src/observability/prometheus-observer';
import { fakeReport } from '../support/prequential-report';

const line = (body: string, series: string) => body.split('\n').find((candidate) => candidate.startsWith(`${series} `));

test('a report becomes series by part, horizon and segment, and the next report replaces them', async () => {
  const observer = createPrometheusObserver({ nowMs: () => 0, ready: () => true });
  const report = fakeReport();
  observer.observe({ kind: 'prequential', report });
  const first = (await observer.scrape()).body;
  const [seven] = report.horizons;
  const ratio = seven!.models[1]!.groups['4+']!.spend.ratio;
  expect(line(first, 'clv_prequential_version_info{model="previous",version="m-old"}')).toBeDefined();
  expect(line(first, 'clv_prequential_judged{horizon_days="365"}')).toBe(
    'clv_prequential_judged{horizon_days="365"} 0',
  );
  expect(
    line(first, 'clv_prequential_ratio{model="current",horizon_days="7",quantity="spend",segment="4+"}'),
  ).toContain(String(ratio));
  expect(
    line(
      first,
      'clv_prequential_coverage{model="served",horizon_days="30",quantity="orders",segment="all",nominal="80"}',
    ),
  ).toBeDefined();
  observer.observe({
    kind: 'prequential',
    report: { ...report, currentVersion: 'm-newer', previousVersion: null, horizons: [] },
  });
  const second = (await observer.scrape()).body;
  observer.close();
  expect(second).toContain('clv_prequential_version_info{model="current",version="m-newer"} 1');
  expect(second).not.toContain('m-old');
  expect(second.split('\n').filter((text) => text.startsWith('clv_prequential_ratio{'))).toEqual([]);
});

test('labels are those of the table, numbers are numbers, and there are few enough', () => {
  const report = fakeReport();
  const [seven, thirty] = report.horizons;
  const models = seven!.models;
  const full = { ...report, horizons: [7, 30, 90, 365].map((days) => ({ ...thirty!, days, models })) };
  const untold = { ...models[0]!, loss: Number.NaN };
  const samples = [...prequentialSamples({ ...full, horizons: [{ ...seven!, models: [untold] }, ...full.horizons] })];
  for (const { key, value, labels } of samples) {
    expect(Object.keys(labels).sort()).toEqual([...METRICS[key].labels].sort());
    expect(Number.isFinite(value)).toBe(true);
  }
  expect(samples.filter(({ key }) => key === 'prequentialLoss')).toHaveLength(12);
  expect([...prequentialSamples(full)].length).toBeLessThan(900);
});
