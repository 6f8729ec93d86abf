import { createServer, type Server } from 'node:net';
import { createKafka, KafkaSockets } from '../../../src/adapters/kafka/client';

describe('a broker that takes requests and never answers', () => {
  let broker: Server;
  let address: string;
  let requests = 0;
  beforeAll(async () => {
    broker = createServer((socket) => socket.on('data', () => requests++).on('error', () => undefined));
    await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
    address = `127.0.0.1:${(broker.address() as { port: number }).port}`;
  });
  afterAll(() => new Promise((resolve) => broker.close(resolve)));

  test('does not hold up a process that closes its sockets', async () => {
    const sockets = new KafkaSockets();
    const kafka = createKafka({ brokers: [address], clientId: 'test', sockets }, () => undefined, { retries: 0 });
    const admin = kafka.admin();
    const connecting = admin.connect();
    connecting.catch(() => undefined);
    while (requests === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const closed = admin.disconnect();
    sockets.destroyAll();
    await closed.catch(() => undefined);
    await expect(connecting).rejects.toThrow('closed by this process');
  });
});
