import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpPortError, listenOn } from '../../../src/cli/process/http-port';

const HOST = '127.0.0.1';

function listening(port: number, host = HOST): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const at = (port: number | 'auto', host = HOST) => ({ CLV_HTTP_HOST: host, CLV_HTTP_PORT: port });

/** A start that refuses the given ports, as the system does. */
function startBeside(taken: (port: number) => boolean) {
  const tried: number[] = [];
  const start = async (port: number) => {
    tried.push(port);
    if (taken(port)) throw Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
    return port;
  };
  return { tried, start };
}

describe('the port of the HTTP server', () => {
  test('auto: the known port if it is free', async () => {
    expect(await listenOn(at('auto'), startBeside(() => false).start)).toBe(8080);
  });

  test('auto: the next free one if other processes have taken it', async () => {
    expect(await listenOn(at('auto'), startBeside((port) => port < 8083).start)).toBe(8083);
  });

  test('auto: any free one if a whole range is taken', async () => {
    const { tried, start } = startBeside((port) => port !== 0);
    expect(await listenOn(at('auto'), start)).toBe(0);
    expect(tried.length).toBeLessThan(50);
  });

  test('one that the settings name is never replaced: the error names the setting', async () => {
    const first = await listening(0);
    try {
      const second = listenOn(at(portOf(first)), (port) => listening(port));
      await expect(second).rejects.toThrow(HttpPortError);
      await expect(second).rejects.toThrow(`port ${portOf(first)} on 127.0.0.1 is taken`);
      await expect(second).rejects.toThrow(/Set CLV_HTTP_PORT to a free port, or to auto/);
    } finally {
      first.close();
    }
  });

  test('an address of another machine: the error names the other setting', async () => {
    const elsewhere = listenOn(at(0, '192.0.2.1'), (port) => listening(port, '192.0.2.1'));
    await expect(elsewhere).rejects.toThrow(/192\.0\.2\.1 is not an address of this machine\. Set CLV_HTTP_HOST/);
  });

  test('any other error stays as it is', async () => {
    const fault = new Error('something else');
    await expect(listenOn(at('auto'), () => Promise.reject(fault))).rejects.toBe(fault);
  });
});
