import { connect } from 'node:net';
import { startDashboardServer } from '../../support/dashboard-server';
import { eventually } from '../../support/real-clock';
import { type FuzzTarget, memoryOf } from '../target';

const ANSWERED_WITHIN_MS = 10_000;
const request = (line: string, headers = ''): Uint8Array =>
  new TextEncoder().encode(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`);

/** Input: the bytes of a request on a loopback connection. No handler may fail, and each connection must end. */
export async function apiTarget(): Promise<FuzzTarget> {
  const failed: unknown[] = [];
  const server = await startDashboardServer({ failed: (route, error) => void failed.push(`${route}: ${error}`) });
  server.feed(200);
  await eventually('the api has read its feed', () => server.api.caughtUp());
  const paths = [
    '/v1/customers/c-1',
    '/v1/customers/c-2?asOf=2026-02-01T00:00:00Z',
    '/v1/customers/c-2/explanation?asOf=1770000000',
    '/v1/top?by=value&limit=10',
    '/v1/segments',
    '/v1/status',
    '/v1/prequential',
    '/metrics',
    '/readyz',
    '/',
  ];
  return {
    name: 'api',
    corpus: [
      ...paths.map((path) => request(`GET ${path}`)),
      request('HEAD /v1/customers/c-1'),
      request('POST /v1/top', 'Content-Length: 3\r\nAuthorization: Bearer x\r\n'),
    ],
    memoryBound: memoryOf(96, 200),
    async run(input) {
      const answer = await exchange(server.http.port, input);
      if (failed.length > 0) throw new Error(`a handler failed: ${failed.splice(0).join('; ')}`);
      if (/^HTTP\/1\.1 5/.test(answer)) throw new Error(`answered ${answer.slice(0, 200)}`);
    },
    close: () => server.close(),
  };
}

/** What comes back; the request's end is told, so that the server waits for nothing more. */
function exchange(port: number, input: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.end(input));
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end within ${ANSWERED_WITHIN_MS} ms`));
    }, ANSWERED_WITHIN_MS);
    socket.on('data', (chunk) => {
      answer = (answer + chunk.toString('latin1')).slice(0, 2_000);
      // A stream of events never ends by itself.
      if (answer.includes('text/event-stream')) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(late);
      resolve(answer);
    });
  });
}
