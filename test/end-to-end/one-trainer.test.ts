import { join } from 'node:path';
import { runCommand } from '../support/cli';
import { environmentOf, startCli } from '../support/cli-process';
import { type DeploymentKind, openDeployment } from '../support/deployment';
import { until } from '../support/process';
import { describeWithKafkaAndRedis } from '../support/services';

function suite(kind: DeploymentKind): void {
  test('a second train on one CLV_HOME is refused while the first one lives, and starts as soon as it was killed', async () => {
    const deployment = await openDeployment(kind, { CLV_BACKEND: 'wasm', CLV_HTTP_PORT: '0' });
    const environment = environmentOf(deployment.settings);
    const start = async (name: string) => {
      const trainer = await startCli(['train'], environment, join(deployment.settings.CLV_HOME, `${name}.log`));
      await until(`the trainer starts: ${name}`, () => {
        trainer.check();
        return trainer.log().includes('trainer starts');
      });
      return trainer;
    };
    try {
      const first = await start('first');
      const { code, stdout, stderr } = runCommand(['train'], environment);
      expect(code).not.toBe(0);
      expect(`${stdout}${stderr}`).toContain(`process ${first.pid} on `);
      expect(`${stdout}${stderr}`).toContain('uses this store');
      first.check();
      await first.end('SIGKILL');
      const next = await start('next');
      await next.end('SIGTERM');
      expect((await next.exited).code).toBe(0);
    } finally {
      await deployment.close();
    }
  }, 240_000);
}

describe('a second trainer on the embedded store', () => suite('embedded'));
describeWithKafkaAndRedis('a second trainer beside Kafka and Redis', () => suite('kafka'));
