/**
 * node -r ./test/support/swc-register.js test/chaos/verdict/run.ts --brokers localhost:9092 --partitions 12 [--prefix t1-] [--currency EUR]
 * [--json]: the second verdict on any drained deployment of emission `every`. `--prefix` stands before the default topic names.
 */
import { parseArgs } from 'node:util';
import { describeVerdict, isSound, judgeTopics, type VerdictTopics } from './verdict';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string', default: 'localhost:9092' },
      partitions: { type: 'string', default: '12' },
      prefix: { type: 'string', default: '' },
      currency: { type: 'string', default: 'EUR' },
      json: { type: 'boolean', default: false },
    },
  });
  const name = (topic: string) => `${values.prefix}${topic}`;
  const topics: VerdictTopics = {
    currency: values.currency,
    minorPerMajor:
      10 **
      (new Intl.NumberFormat('en', { style: 'currency', currency: values.currency }).resolvedOptions()
        .maximumFractionDigits ?? 2),
    maxFutureMs: 86_400_000,
    topics: {
      orders: name('orders'),
      clicks: name('clicks'),
      browses: name('browses'),
      reviews: name('reviews'),
      customers: name('customers'),
    },
    updates: name(values.prefix === '' ? 'clv-updates' : 'updates'),
    deadLetters: name(values.prefix === '' ? 'clv-dead-letters' : 'dead-letters'),
    partitions: Number(values.partitions),
  };
  const verdict = await judgeTopics(values.brokers, topics);
  console.log(values.json ? JSON.stringify(verdict) : describeVerdict(verdict));
  process.exitCode = isSound(verdict) ? 0 : 1;
}

main().catch((error) => {
  console.error(String(error));
  process.exitCode = 2;
});
