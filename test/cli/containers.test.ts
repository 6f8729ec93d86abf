import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Running, runCommand, startCommand } from '../support/cli';
import { httpAddress, until } from '../support/process';
import { describeWithKafkaAndRedis, kafkaBrokers, redisUrl } from '../support/services';

const compose = parse(readFileSync(join(__dirname, '..', '..', 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, { command?: string[]; build?: unknown }>;
};

/** The arguments of a container's command, without the program's name. */
function argumentsOf(service: string): string[] {
  const [program, ...args] = compose.services[service]!.command!;
  expect(program).toBe('clv-stream');
  return args;
}

describeWithKafkaAndRedis('the containers of docker-compose.yml, each command run natively', () => {
  test('set up, simulate, score, train, tick and serve together, and the audit passes', async () => {
    const home = mkdtempSync(join(tmpdir(), 'clv-compose-'));
    const name = `t${randomUUID().slice(0, 8)}`;
    const token = randomUUID();
    const environment: Record<string, string> = {
      KAFKA_BROKERS: kafkaBrokers()!.join(','),
      REDIS_URL: redisUrl()!,
      CLV_HOME: home,
      CLV_APP: name,
      CLV_REDIS_PREFIX: name,
      CLV_PARTITIONS: '3',
      CLV_HTTP_TOKEN: token,
      CLV_HTTP_PORT: '0',
      CLV_LOG_FORMAT: 'json',
    };
    for (const topic of ['ORDERS', 'CLICKS', 'BROWSES', 'TICKS', 'UPDATES', 'DEAD_LETTERS', 'MODELS']) {
      environment[`CLV_TOPIC_${topic}`] = `${name}-${topic.toLowerCase().replace('_', '-')}`;
    }
    const running = new Map<string, Running>();
    const start = (service: string) => running.set(service, startCommand(argumentsOf(service), environment));
    const addressOf = (service: string) => httpAddress(running.get(service)!.stderr()) ?? 'http://not.there';
    const ask = (service: string, path: string) =>
      fetch(`${addressOf(service)}${path}`, { headers: { authorization: `Bearer ${token}` } });
    const isReady = (service: string) => async () => {
      try {
        return (await ask(service, '/readyz')).ok;
      } catch {
        return false;
      }
    };
    try {
      const setup = runCommand(argumentsOf('setup'), environment);
      expect(setup).toMatchObject({ code: 0 });
      // The container simulates without end; the test asks for an end and for speed.
      const simulator = runCommand([...argumentsOf('simulator'), '--events', '2000', '--rate', 'max'], environment);
      expect(simulator).toMatchObject({ code: 0, stdout: expect.stringMatching(/^2000 events written/) });
      start('scorer');
      start('trainer');
      start('api');
      start('clock');
      for (const service of ['scorer', 'trainer', 'api'] as const) {
        await until(`${service} is ready`, isReady(service));
      }
      expect((await fetch(`${addressOf('api')}/v1/status`)).status).toBe(401);
      await until('the api has seen every update', async () => {
        const status = (await (await ask('api', '/v1/status')).json()) as { updates: number };
        return status.updates >= 2_000;
      });
      const metrics = await (await ask('scorer', '/metrics')).text();
      expect(metrics).toMatch(/clv_updates_total\D*\d/);
      const { customers } = (await (await ask('api', '/v1/customers?limit=3')).json()) as { customers: unknown[] };
      expect(customers).toHaveLength(3);
      const audit = runCommand(['audit'], environment);
      expect(audit).toMatchObject({ code: 0, stdout: expect.stringContaining('passed') });
    } finally {
      const ended = await Promise.all([...running.values()].map((command) => command.stop()));
      rmSync(home, { recursive: true, force: true });
      // The last lines of the log say why a command failed.
      expect(
        ended.filter(({ code }) => code !== 0).map(({ code, stderr }) => `${code}: ${stderr.slice(-2_000)}`),
      ).toEqual([]);
    }
  }, 180_000);
});
