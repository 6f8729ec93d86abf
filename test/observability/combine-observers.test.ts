import { combineObservers } from '../../src/observability/combine-observers';
import { createLogObserver } from '../../src/observability/log-observer';
import type { Observer } from '../../src/ports/observer';
import { TEN_RECORDS } from './batch-facts';

/** Writes down each fact and notice. */
function recorder(calls: unknown[]): Observer {
  return { observe: (fact) => calls.push(fact), notice: (...notice) => calls.push(notice) };
}

function fail(): never {
  throw new Error('disk full');
}

test('every call reaches every observer, also behind one that throws', () => {
  const calls: unknown[] = [];
  const all = combineObservers({ observe: fail, notice: fail }, recorder(calls), recorder(calls));
  all.observe(TEN_RECORDS);
  all.notice('info', 'm', { n: 1 });
  expect(calls).toEqual([TEN_RECORDS, TEN_RECORDS, ['info', 'm', { n: 1 }], ['info', 'm', { n: 1 }]]);
});

test('combines the real ones', () => {
  const lines: string[] = [];
  const log = createLogObserver({ format: 'json', level: 'info', name: 'api', write: (line) => lines.push(line) });
  combineObservers(log).notice('info', 'hello');
  log.close();
  expect(lines).toHaveLength(1);
});
