import { combineObservers } from '../../src/observability/combine-observers';
import { createLogObserver } from '../../src/observability/log-observer';
import type { Observer } from '../../src/ports/observer';
import { fakeReport } from '../support/prequential-report';
import { TEN_RECORDS } from './batch-facts';

/** Writes down the name of each call. */
function recorder(calls: string[]): Observer {
  return new Proxy({} as Observer, { get: (_target, name) => () => calls.push(String(name)) });
}

const broken = new Proxy({} as Observer, {
  get: () => () => {
    throw new Error('disk full');
  },
});

test('every call reaches every observer, also behind one that throws', () => {
  const calls: string[] = [];
  const all = combineObservers(broken, recorder(calls), recorder(calls));
  all.batchCommitted(TEN_RECORDS);
  all.published(0, 1, 0.1);
  all.lag(0, 1);
  all.partitionAssigned(0);
  all.partitionRevoked(0);
  all.fenced(0, 'log');
  all.customersSetAside(1, 2);
  all.standing(1, 3);
  all.lossFound(1, 'log-lost', 3);
  all.offsetsOverruled(1, 'stale');
  all.topicFault('orders', 'missing', true);
  all.dependency('kafka', true, '');
  all.modelSwapped('v', 0);
  all.modelRefused('v', 'r');
  all.trained({ loss: 0, examples: 0, seconds: 0, scope: 'heads' });
  all.gate({ promoted: true, reason: '', championLoss: 0, challengerLoss: 0, origins: 0 });
  all.labels({ openOrigins: 0, closedIntervals: 0, reservoir: 0, watermarkS: 0 });
  all.calibrated({ released: false, segments: [] });
  all.prequential(fakeReport());
  all.notice('info', 'm');
  const names = Object.keys(all);
  expect(calls).toEqual(names.flatMap((name) => [name, name]));
});

test('combines the real ones', () => {
  const lines: string[] = [];
  const log = createLogObserver({ format: 'json', level: 'info', name: 'api', write: (line) => lines.push(line) });
  combineObservers(log).notice('info', 'hello');
  log.close();
  expect(lines).toHaveLength(1);
});
