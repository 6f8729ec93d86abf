import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, runCommand, startCommand } from '../support/cli';
import { until } from '../support/process';

const TOKEN = 'a-token-0f-the-test';
/** An address of this machine that others may use, too; absent in a sandbox with loopback alone. */
const OUTSIDE = Object.values(networkInterfaces())
  .flat()
  .find((found) => found?.family === 'IPv4' && !found.internal)?.address;

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'clv-http-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function serving(settings: Record<string, string>): Promise<{ running: Running; port: number }> {
  const environment = { CLV_HOME: home, CLV_PARTITIONS: '1', CLV_HTTP_PORT: '0', ...settings };
  const running = startCommand(['serve'], environment);
  await until('it serves', () => {
    if (running.child.exitCode !== null) throw new Error(running.stderr());
    return /dashboard at/.test(running.stderr());
  });
  return { running, port: Number(/dashboard at http:\/\/\S+:(\d+)/.exec(running.stderr())![1]) };
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const done = (up: boolean) => {
      socket.destroy();
      resolve(up);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

describe('access over HTTP', () => {
  test('only this machine, unless configured otherwise', async () => {
    const { running, port } = await serving({});
    try {
      expect((await fetch(`http://127.0.0.1:${port}/v1/status`)).status).toBe(200);
      expect(running.stderr()).toContain(`http://127.0.0.1:${port}`);
      if (OUTSIDE !== undefined) expect(await connects(OUTSIDE, port)).toBe(false);
    } finally {
      await running.stop();
    }
  });

  test('nobody from elsewhere without a token: a fault of the settings', () => {
    const { code, stderr } = runCommand(['serve'], { CLV_HOME: home, CLV_HTTP_HOST: '0.0.0.0' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/CLV_HTTP_HOST is reachable from other machines: set CLV_HTTP_TOKEN/);
  });

  test('with a token whoever sends it, and it is never printed', async () => {
    const settings = { CLV_HTTP_HOST: '0.0.0.0', CLV_HTTP_TOKEN: TOKEN, CLV_LOG_LEVEL: 'debug' };
    const { running, port } = await serving(settings);
    const ask = async (headers: Record<string, string>, host = '127.0.0.1') =>
      (await fetch(`http://${host}:${port}/v1/status`, { headers })).status;
    try {
      expect(await ask({})).toBe(401);
      expect(await ask({ authorization: 'Bearer something-else' })).toBe(401);
      expect(await ask({ authorization: `Bearer ${TOKEN}` })).toBe(200);
      if (OUTSIDE !== undefined) expect(await ask({ authorization: `Bearer ${TOKEN}` }, OUTSIDE)).toBe(200);
    } finally {
      const { stdout, stderr } = await running.stop();
      expect(stdout + stderr).not.toContain(TOKEN);
    }
  });
});
