import { readSettings } from '../../../src/config/settings';
import { SETTINGS } from '../../../src/config/table';
import { declared, type FuzzTarget, memoryOf } from '../target';

/** Input: lines NAME=value, as in an environment. */
export function settingsTarget(): FuzzTarget {
  const names = Object.keys(SETTINGS);
  const numbers = names.map((name, i) => `${name}=${i % 2 === 0 ? 17 : '0.5'}`);
  const lines = [
    numbers,
    names.map((name) => `${name}=`),
    ['KAFKA_BROKERS=a:1,b:2', 'REDIS_URL=redis://user:secret@h:1/2', 'CLV_EMISSION=latest', 'CLV_CURRENCY=JPY'],
    ['CLV_ON_LOG_LOST=continue', 'CLV_PARTITIONER=crc32', 'CLV_HTTP_TOKEN=0123456789abcdef', 'CLV_UNKNOWN=1'],
  ];
  return {
    name: 'settings',
    corpus: lines.map((each) => new TextEncoder().encode(each.join('\n'))),
    memoryBound: memoryOf(64, 200),
    run: (input) =>
      declared(['CLV_CONFIGURATION'], () => {
        const pairs = new TextDecoder()
          .decode(input)
          .split('\n')
          .map((line) => {
            const at = line.indexOf('=');
            return [line.slice(0, Math.max(0, at)), line.slice(at + 1)] as const;
          });
        readSettings(Object.fromEntries(pairs));
      }),
  };
}
