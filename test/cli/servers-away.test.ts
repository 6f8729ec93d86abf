import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCommand } from '../support/cli';
import { until } from '../support/process';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'clv-away-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Nobody listens at port 1. */
const nobody = () => ({
  KAFKA_BROKERS: '127.0.0.1:1',
  REDIS_URL: 'redis://clv:s3cret@127.0.0.1:1',
  CLV_HOME: home,
  CLV_LOG_FORMAT: 'text',
  CLV_HTTP_PORT: '0',
});
const SENTENCE =
  'Kafka at 127.0.0.1:1 (KAFKA_BROKERS) does not answer: the connection is refused. Start Kafka, or correct KAFKA_BROKERS';

describe('no broker answers', () => {
  test('a command says what it waits for, and ends with it', async () => {
    const commands = [['setup'], ['model', 'list'], ['audit'], ['simulate', '--events', '1']];
    const ends = await Promise.all(
      commands.map(async (command) => ({ command, ...(await startCommand(command, nobody()).finished) })),
    );
    for (const { command, code, stderr } of ends) {
      expect({ command, code }).toEqual({ command, code: 1 });
      const lines = stderr.trimEnd().split('\n');
      expect(lines[0]).toContain(`waiting: ${SENTENCE}`);
      expect(lines.at(-1)).toBe(
        `clv-stream ${command.slice(0, command[0] === 'model' ? 2 : 1).join(' ')}: gave up after 20 s. ${SENTENCE}; clv-stream doctor looks at all of it`,
      );
      expect(stderr).not.toMatch(/ECONNREFUSED|KafkaJS/);
    }
  }, 120_000);

  test('up refers to lines that are there', async () => {
    const { code, stdout, stderr } = await startCommand(['up'], nobody()).finished;
    expect(code).toBe(1);
    expect(stderr).toContain(SENTENCE);
    expect(stdout).toContain('setup ended with exit code 1: its lines above say what to correct');
  }, 120_000);

  test('a service says it once, and stops at a signal', async () => {
    const service = startCommand(['score'], nobody());
    await until('it says so', () => service.stderr().includes(SENTENCE));
    const { code, stderr } = await service.stop();
    expect(code).toBe(0);
    expect(stderr.split(SENTENCE)).toHaveLength(2);
  }, 60_000);

  test('doctor says the same, of Redis too, without its password', async () => {
    const { code, stdout, stderr } = await startCommand(['doctor'], nobody()).finished;
    expect(code).toBe(1);
    expect(stdout).toContain('Kafka at 127.0.0.1:1 (KAFKA_BROKERS) does not answer: the connection is refused');
    expect(stdout).toContain('Redis at 127.0.0.1:1 (REDIS_URL) does not answer: the connection is refused');
    expect(stdout + stderr).not.toMatch(/s3cret|max retries|ECONNREFUSED/);
  }, 60_000);
});
