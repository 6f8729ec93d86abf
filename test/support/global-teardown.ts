import type { Service } from './services';

/** Stops what global-setup started and deletes its data. */
async function teardown(): Promise<void> {
  const services: Service[] = globalThis.clvTestServices ?? [];
  await Promise.all(services.map((service) => service.stop()));
}

// jest asks for the function as the module itself.
module.exports = teardown;
