import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliProcess, environmentOf, startCli } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { type Service, startKafka, startKafkaCluster } from '../support/services';
import { FragileRedis } from './servers';

/** A deployment on a broker and a Redis of its own, both to be hurt, and real processes on it. */
export interface OwnDeployment {
  /** The first broker, of most deployments the only one. */
  readonly kafka: Service;
  readonly brokers: readonly Service[];
  readonly redis: FragileRedis;
  readonly deployment: Deployment;
  /** The variables that its processes are started with. */
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** A `clv-stream score`, killed at the end where it still runs. */
  startScorer(nodeOptions?: readonly string[]): Promise<CliProcess>;
  /** Called at the end, before the servers stop; the last added goes first. */
  onClose(step: () => unknown): void;
  close(): Promise<void>;
}

/** `changes` are settings as in the environment. Three brokers keep three copies, of which two must have a record. */
export async function openOwnDeployment(
  changes: Readonly<Record<string, string>>,
  brokerCount: 1 | 3 = 1,
): Promise<OwnDeployment> {
  const steps: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step();
      } catch {
        // The next must be closed too.
      }
    }
  };
  try {
    const folder = mkdtempSync(join(tmpdir(), 'clv-chaos-'));
    steps.push(() => rmSync(folder, { recursive: true, force: true }));
    const startBrokers = async () => (brokerCount === 1 ? [await startKafka()] : await startKafkaCluster(brokerCount));
    const [brokers, redis] = await Promise.all([startBrokers(), FragileRedis.start()]);
    steps.push(
      () => Promise.all(brokers.map((broker) => broker.stop())),
      () => redis.stop(),
    );
    const deployment = await openDeployment('kafka', {
      KAFKA_BROKERS: brokers.map(({ address }) => address).join(','),
      REDIS_URL: redis.url,
      CLV_HOME: folder,
      ...changes,
    });
    steps.push(() => deployment.close());
    const environment = environmentOf(deployment.settings);
    let scorers = 0;
    return {
      kafka: brokers[0]!,
      brokers,
      redis,
      deployment,
      environment,
      folder,
      startScorer: async (nodeOptions = []) => {
        const scorer = await startCli(['score'], environment, join(folder, `score-${++scorers}.log`), nodeOptions);
        steps.push(() => scorer.end('SIGKILL'));
        return scorer;
      },
      onClose: (step) => void steps.push(step),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
