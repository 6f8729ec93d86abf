import type { Service } from './services';

/** Stops the services that global-setup started, and deletes their data. */
async function teardown(): Promise<void> {
  const services: Service[] = globalThis.clvTestServices ?? [];
  await Promise.all(services.map((service) => service.stop()));
}

// jest requires the function as the module itself.
module.exports = teardown;
