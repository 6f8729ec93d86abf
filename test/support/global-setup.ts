import { hasKafka, hasRedis, type Service, startKafka, startRedis } from './services';

/**
 * Starts one real Kafka broker and one real Redis for the whole run, if they are installed on this machine. Puts their addresses in
 * TEST_KAFKA_BROKERS and TEST_REDIS_URL, unless these are already set. CLV_TEST_SERVICES=none starts nothing, for a quick run of pure
 * tests. Under CI=true a missing service is a failure, not a skip.
 */
declare global {
  var clvTestServices: Service[] | undefined;
}

interface Wanted {
  readonly name: string;
  readonly variable: string;
  readonly found: () => Promise<boolean>;
  readonly start: () => Promise<Service>;
  readonly address: (service: Service) => string;
}

const WANTED: readonly Wanted[] = [
  {
    name: 'Kafka broker',
    variable: 'TEST_KAFKA_BROKERS',
    found: hasKafka,
    start: () => startKafka(),
    address: (service) => service.address,
  },
  {
    name: 'Redis',
    variable: 'TEST_REDIS_URL',
    found: hasRedis,
    start: () => startRedis(),
    address: (service) => `redis://${service.address}`,
  },
];

async function provide(wanted: Wanted): Promise<Service | null> {
  if (process.env[wanted.variable]) return null;
  if (!(await wanted.found())) {
    const message = `no ${wanted.name} on this machine: run scripts/ci-services, or set ${wanted.variable}`;
    if (process.env.CI === 'true') throw new Error(message);
    console.warn(`\n${message}. Tests that need it are skipped.`);
    return null;
  }
  const service = await wanted.start();
  process.env[wanted.variable] = wanted.address(service);
  return service;
}

async function setup(): Promise<void> {
  if (process.env.CLV_TEST_SERVICES === 'none') {
    if (process.env.CI === 'true')
      throw new Error('CLV_TEST_SERVICES=none is refused under CI=true: it would hide tests');
    return;
  }
  // An interrupted run has no teardown. Exit handlers (process.ts) end the servers.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  if (await hasKafka()) process.env.TEST_KAFKA_JARS = 'yes';
  const outcomes = await Promise.allSettled(WANTED.map(provide));
  const services = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' && outcome.value ? [outcome.value] : [],
  );
  globalThis.clvTestServices = services;
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await Promise.all(services.map((service) => service.stop()));
    throw failed.reason;
  }
}

// jest requires the function as the module itself.
module.exports = setup;
