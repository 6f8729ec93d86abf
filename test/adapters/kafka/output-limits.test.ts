import type { Cluster } from 'kafkajs';
import { limitsOf, outputLimits } from '../../../src/adapters/kafka/output-limits';
import type { KafkaLog } from '../../../src/adapters/kafka/settings';

function clusterThatAnswers(describeConfigs: () => Promise<unknown>): Cluster {
  return { findControllerBroker: async () => ({ describeConfigs }) } as unknown as Cluster;
}

function refusal(name: string): Error {
  return Object.assign(new Error('Not authorized to access topics'), { name });
}

describe('outputLimits', () => {
  test('stays below what the smaller topic takes, with room for headers', () => {
    const { letterBytes, requestBytes } = limitsOf(1_048_588, 500_000);
    expect(letterBytes).toBeGreaterThan(490_000);
    expect(letterBytes).toBeLessThan(499_000);
    expect(requestBytes).toBe(letterBytes);
  });

  test('has a most of its own: a topic of a gigabyte does not make letters of a gigabyte', () => {
    expect(limitsOf(2 ** 30, 2 ** 30)).toEqual({ letterBytes: 16 * 2 ** 20, requestBytes: 900_000 });
  });

  test('a cluster that does not return its limits gets the safe default, and this is logged', async () => {
    const logged: string[] = [];
    const log: KafkaLog = (_level, message) => void logged.push(message);
    const cluster = clusterThatAnswers(async () => Promise.reject(refusal('KafkaJSProtocolError')));
    const { letterBytes, requestBytes } = await outputLimits(cluster, 'updates', 'letters', log);
    expect(letterBytes).toBeLessThan(1_000_000);
    expect(requestBytes).toBe(900_000);
    expect(logged).toEqual([expect.stringMatching(/updates and letters can't be read.*1000000.*DescribeConfigs/)]);
  });

  test('a cluster that is away is not treated as one that does not return its limits', async () => {
    const cluster = clusterThatAnswers(async () => Promise.reject(refusal('KafkaJSConnectionError')));
    await expect(outputLimits(cluster, 'updates', 'letters', () => undefined)).rejects.toThrow();
  });
});
