import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, runCommand, startCommand } from '../support/cli';
import { httpAddress, until } from '../support/process';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'clv-side-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const embedded = () => ({ CLV_HOME: home, CLV_PARTITIONS: '2', CLV_LOG_FORMAT: 'text', CLV_BACKEND: 'wasm' });

describe('the commands of a deployment on one machine', () => {
  test('start side by side without a port: each takes a free one and logs its address', async () => {
    const commands = ['score', 'score', 'train', 'serve', 'clock'];
    const running: Running[] = commands.map((command) => startCommand([command], embedded()));
    const listening = running.slice(0, 4);
    try {
      await until('each has logged its address', () => {
        for (const { child, stderr } of running) if (child.exitCode !== null) throw new Error(stderr());
        return listening.every(({ stderr }) => httpAddress(stderr()) !== null);
      });
      const addresses = listening.map(({ stderr }) => httpAddress(stderr())!);
      expect(new Set(addresses).size).toBe(addresses.length);
      for (const address of addresses) expect((await fetch(`${address}/healthz`)).status).toBe(200);
    } finally {
      const ends = await Promise.all(running.map((each) => each.stop()));
      expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    }
  });

  test.each([['score'], ['train'], ['serve']])(
    '%s ends with a message that names the setting if its port is taken',
    async (command) => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as AddressInfo;
      try {
        const { code, stderr } = await startCommand([command], { ...embedded(), CLV_HTTP_PORT: `${port}` }).finished;
        expect(code).toBe(1);
        expect(stderr).toContain(`clv-stream ${command}: port ${port} on 127.0.0.1 is taken by another process`);
        expect(stderr).toContain('CLV_HTTP_PORT');
      } finally {
        other.close();
      }
    },
  );
});

describe('a command without KAFKA_BROKERS and REDIS_URL', () => {
  test.each([
    [['setup']],
    [['model', 'list']],
    [['dead-letters', 'list']],
    [['simulate', '--events', '1']],
    [['audit']],
  ])('%j says in its first line which store it works on', (command) => {
    const { stderr } = runCommand(command, embedded());
    expect(stderr.split('\n')[0]).toContain(`working on the embedded store ${home}`);
    expect(stderr.split('\n')[0]).toContain('neither KAFKA_BROKERS nor REDIS_URL is set');
  });
});
