import type { Broker } from 'kafkajs';
import { askBroker } from '../../../src/adapters/kafka/wire-requests';
import { pauseMs } from '../../support/process';

const FETCH = { apiKey: 1, apiVersion: 11, apiName: 'Fetch' };

/** As kafkajs' pool connects: whoever finds the connection closed opens a socket, and the last one opened is the only one kept. */
class FakePool {
  opened = 0;
  private isOpen = false;
  private failures: number;

  constructor(failures = 0) {
    this.failures = failures;
  }

  async getConnectionByRequest(): Promise<this> {
    if (this.isOpen) return this;
    this.opened += 1;
    await pauseMs(1);
    if (this.failures-- > 0) throw new Error('refused');
    this.isOpen = true;
    return this;
  }

  async send({ response }: { response: { decode: (payload: Buffer) => Promise<unknown> } }): Promise<unknown> {
    await this.getConnectionByRequest();
    return response.decode(Buffer.of(7));
  }
}

const brokerOf = (pool: FakePool) =>
  ({
    connect: async () => {},
    versions: { [FETCH.apiKey]: { minVersion: 0, maxVersion: 11 } },
    connectionPool: pool,
  }) as unknown as Broker;

const ask = (broker: Broker) => askBroker(broker, FETCH, Buffer.alloc(0), (payload) => [...payload]);

test('requests at once over a closed connection open one socket: kafkajs would forget any other, and never close it', async () => {
  const pool = new FakePool();
  const broker = brokerOf(pool);
  expect(await Promise.all([ask(broker), ask(broker), ask(broker)])).toEqual([[7], [7], [7]]);
  expect(pool.opened).toBe(1);
});

test('a connection that is refused fails its own request, and the next one tries again', async () => {
  const pool = new FakePool(1);
  const broker = brokerOf(pool);
  const outcomes = await Promise.allSettled([ask(broker), ask(broker)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(pool.opened).toBe(2);
});
