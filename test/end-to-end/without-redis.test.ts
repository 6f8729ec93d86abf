import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, startCommand } from '../support/cli';
import { until } from '../support/process';
import { describeWithKafka, kafkaBrokers } from '../support/services';

describeWithKafka('commands that need no Redis', () => {
  const name = `t${randomUUID().slice(0, 8)}`;
  const home = mkdtempSync(join(tmpdir(), 'clv-no-redis-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  const environment = (): Record<string, string> => ({
    KAFKA_BROKERS: kafkaBrokers()!.join(','),
    REDIS_URL: '',
    CLV_HOME: home,
    CLV_APP: name,
    CLV_PARTITIONS: '1',
    CLV_HTTP_PORT: '0',
    CLV_BACKEND: 'wasm',
    ...Object.fromEntries(
      ['ORDERS', 'CLICKS', 'BROWSES', 'TICKS', 'REVIEWS', 'CUSTOMERS', 'UPDATES', 'DEAD_LETTERS', 'MODELS'].map(
        (topic) => [`CLV_TOPIC_${topic}`, `${name}-${topic.toLowerCase()}`],
      ),
    ),
  });

  test('do not ask for it', async () => {
    const nothing = runCommand(['audit'], environment());
    expect(nothing).toMatchObject({ code: 3, stdout: expect.stringMatching(/^nothing to audit: the topics/) });
    for (const command of [
      ['setup'],
      ['simulate', '--events', '3', '--rate', 'max'],
      ['dead-letters', 'list'],
      ['model', 'list'],
    ]) {
      const { code, stderr } = runCommand(command, environment());
      expect({ command, code, stderr: code === 0 ? '' : stderr }).toEqual({ command, code: 0, stderr: '' });
    }
    expect(runCommand(['audit'], environment())).toMatchObject({ code: 3 });
    const trainer = startCommand(['train'], environment());
    await until('the trainer runs', () => {
      if (trainer.child.exitCode !== null) throw new Error(trainer.stderr());
      return /trainer starts with champion/.test(trainer.stderr());
    });
    expect(await trainer.stop()).toMatchObject({ code: 0 });
  });

  test.each([[['score']], [['serve']], [['state', 'export', '--out', 'x.jsonl']], [['up']]])(
    '%j needs one, and says so before it starts anything',
    (command) => {
      const { code, stderr } = runCommand(command, environment());
      expect(code).toBe(2);
      expect(stderr).toContain('KAFKA_BROKERS is set and REDIS_URL is not');
    },
  );
});
