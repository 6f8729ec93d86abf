import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError, readSettings, settingsReference } from '../../src/config/settings';
import { SETTINGS } from '../../src/config/table';

function faultsOf(environment: Record<string, string>, file: Record<string, unknown> = {}): readonly string[] {
  try {
    readSettings(environment, file);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults;
  }
}

describe('settings', () => {
  test('the port of HTTP is a number or auto', () => {
    expect([readSettings({}), readSettings({ CLV_HTTP_PORT: '0' })].map((s) => s.CLV_HTTP_PORT)).toEqual(['auto', 0]);
    expect(faultsOf({ CLV_HTTP_PORT: 'any' })[0]).toMatch(/CLV_HTTP_PORT=any: expected auto, or a whole number/);
    expect(faultsOf({ CLV_HTTP_PORT: '65536' })[0]).toMatch(/CLV_HTTP_PORT=65536: expected/);
  });

  test('need nothing: the defaults run on the embedded folder', () => {
    const settings = readSettings({});
    expect(settings.KAFKA_BROKERS).toEqual([]);
    expect(settings.CLV_HOME).toBe('.clv-stream');
    expect(Object.isFrozen(settings)).toBe(true);
  });

  test('take the environment over the file over the default', () => {
    const settings = readSettings({ CLV_MAX_BATCH: '7' }, { CLV_MAX_BATCH: 9, CLV_CURRENCY: 'GBP' });
    expect(settings).toMatchObject({ CLV_MAX_BATCH: 7, CLV_CURRENCY: 'GBP', CLV_PARTITIONS: 12 });
  });

  test('report all faults at once, each with its subject and what is expected', () => {
    const faults = faultsOf(
      { CLV_MAX_BATCH: 'many', CLV_CURRENCY: 'euro', KAFKA_BROKERS: 'nowhere', CLV_PARTITONS: '3' },
      { CLV_BAKEND: 'wasm' },
    );
    expect(faults).toHaveLength(5);
    expect(faults.join('\n')).toMatch(/CLV_PARTITONS in the environment.*Did you mean CLV_PARTITIONS\?/);
    expect(faults.join('\n')).toMatch(/CLV_BAKEND in the configuration file.*Did you mean CLV_BACKEND\?/);
    expect(faults.join('\n')).toMatch(/CLV_MAX_BATCH=many: expected a whole number from 1 to 500/);
    expect(faults.join('\n')).toMatch(/CLV_CURRENCY=euro: expected an ISO 4217 code/);
    expect(faults.join('\n')).toMatch(/KAFKA_BROKERS=nowhere: expected host:port/);
  });

  test('see what contradicts', () => {
    expect(faultsOf({ KAFKA_BROKERS: 'a:9092' })[0]).toMatch(/REDIS_URL is not/);
    expect(faultsOf({ REDIS_URL: 'redis://a' })[0]).toMatch(/KAFKA_BROKERS is not/);
    expect(readSettings({ KAFKA_BROKERS: 'a:9092' }, {}, { needsRedis: false }).REDIS_URL).toBeNull();
    expect(() => readSettings({ REDIS_URL: 'redis://a' }, {}, { needsRedis: false })).toThrow(/KAFKA_BROKERS is not/);
    expect(faultsOf({ CLV_HTTP_HOST: '0.0.0.0' })[0]).toMatch(/CLV_HTTP_TOKEN/);
    expect(faultsOf({ CLV_TRAIN_SHARED: 'true' })[0]).toMatch(/CLV_TRAIN_SHARED=true needs Kafka/);
    expect(faultsOf({ CLV_TOPIC_CLICKS: 'orders' })[0]).toMatch(/each topic needs a name of its own/);
    const registry = { SCHEMA_REGISTRY_URL: 'http://a:8081/path' };
    expect(faultsOf(registry)).toEqual([]);
    expect(faultsOf({ ...registry, CLV_SCHEMA_DIR: 'schemas' })[0]).toMatch(/both set: set one/);
    expect(faultsOf({ ...registry, SCHEMA_REGISTRY_SSL_CA: 'ca.pem' })[0]).toMatch(/without TLS/);
    expect(faultsOf({ ...registry, SCHEMA_REGISTRY_USERNAME: 'u' })[0]).toMatch(/belong together/);
    const both = { SCHEMA_REGISTRY_TOKEN: 't', SCHEMA_REGISTRY_USERNAME: 'u', SCHEMA_REGISTRY_PASSWORD: 'p' };
    expect(faultsOf({ ...registry, ...both })[0]).toMatch(/TOKEN and SCHEMA_REGISTRY_USERNAME are both set/);
    expect(faultsOf({ SCHEMA_REGISTRY_URL: 'http://u:p@a:8081' })[0]).toMatch(/without user and password/);
    const login = { KAFKA_BROKERS: 'a:9092', REDIS_URL: 'redis://a', KAFKA_SASL_MECHANISM: 'plain' };
    expect(faultsOf(login)[0]).toMatch(/KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/);
  });

  test('never quote a secret', () => {
    const faults = faultsOf({ KAFKA_BROKERS: 'a:9092', REDIS_URL: 'http://user:hunter2@nowhere' });
    expect(faults.join()).toMatch(/REDIS_URL/);
    expect(faults.join()).not.toMatch(/hunter2/);
    expect(
      Object.entries(SETTINGS).filter(
        ([name, setting]) => /PASSWORD|TOKEN|REDIS_URL/.test(name) && !('secret' in setting),
      ),
    ).toEqual([]);
  });

  test('are documented as they are (UPDATE_DOCS=true rewrites docs/configuration.md)', () => {
    const path = join(__dirname, '..', '..', 'docs', 'configuration.md');
    if (process.env.UPDATE_DOCS === 'true') writeFileSync(path, settingsReference());
    expect(existsSync(path) ? readFileSync(path, 'utf8') : '').toBe(settingsReference());
  });
});
