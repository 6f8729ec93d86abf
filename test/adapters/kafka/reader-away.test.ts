import { createServer } from 'node:net';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { WaitedInVain } from '../../../src/ports/patience';

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a broker that is away', () => {
  const settings = async () => ({
    brokers: [`127.0.0.1:${await freePort()}`],
    clientId: 'away',
    maxDecompressedBytes: 2 ** 20,
    ssl: false,
  });
  const positions = [{ topic: 'models', partition: 0, offset: 0 }];
  const never = new AbortController().signal;

  test('ends a reading that has an end, with what it waited for', async () => {
    const warnings: string[] = [];
    const reader = new KafkaLogReader(await settings(), (_, message) => void warnings.push(message), 300);
    const failed = await reader.follow(positions, async () => {}, never).catch((error) => error);
    expect(failed).toBeInstanceOf(WaitedInVain);
    expect(failed.message).toMatch(
      /^gave up after 0\.3 s\. Kafka at .* \(KAFKA_BROKERS\) does not answer: .*Start Kafka/,
    );
    expect(warnings.filter((message) => message.startsWith('reading the log'))).toHaveLength(1);
    await expect(reader.readToEnd(positions, async () => {})).rejects.toThrow(/gave up|does not answer|ECONNREFUSED/);
    await reader.close();
  });

  test('is waited for by a service, until its signal', async () => {
    let isWarned = () => {};
    const warned = new Promise<void>((resolve) => {
      isWarned = resolve;
    });
    const reader = new KafkaLogReader(await settings(), () => isWarned());
    const stop = new AbortController();
    const following = reader.follow(positions, async () => {}, stop.signal);
    await warned;
    stop.abort();
    await expect(following).resolves.toBeUndefined();
    await reader.close();
  });
});
