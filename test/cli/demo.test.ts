import { loadNative } from '../../src/adapters/tensorflow/backend';
import { startCommand } from '../support/cli';

const native = loadNative(1).tf !== null;
if (!native && process.env.CI === 'true') {
  throw new Error('native TensorFlow.js cannot be loaded: run scripts/build-tfjs-native (CI=true allows no skipping)');
}

describe('clv-stream demo', () => {
  test.each([
    ['wasm', 'wasm'],
    ['native', 'tensorflow'],
  ])(
    'with the %s backend: learns, swaps a better model in, loses and doubles nothing',
    async (preference, backend) => {
      if (preference === 'native' && !native) {
        console.warn('skipped: native TensorFlow.js cannot be loaded; scripts/build-tfjs-native builds it');
        return;
      }
      const demo = startCommand(['demo', '--events', '8000', '--json'], {
        CLV_BACKEND: preference,
        CLV_HTTP_PORT: '0',
      });
      const { code, stdout, stderr } = await demo.finished;
      const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}');
      expect({ code, report, stderr: code === 0 ? '' : stderr }).toMatchObject({
        code: 0,
        report: { lost: 0, doubled: 0, auditPasses: true, backend },
      });
      expect(report.modelSwaps).toBeGreaterThanOrEqual(1);
      expect(report.events).toBeGreaterThanOrEqual(8_000);
      expect(report.updates + report.deadLetters).toBe(report.events);
      expect(report.customers).toBeGreaterThan(100);
      expect(report.sweepUpdates).toBeGreaterThan(0);
      expect(report.eventsPerSecond).toBeGreaterThan(0);
      expect(report.modelVersion).toMatch(/^m-[0-9a-f]{12}$/);
      expect(stderr).toMatch(/dashboard: http:\/\/127\.0\.0\.1:\d+/);
    },
    900_000,
  );
});
