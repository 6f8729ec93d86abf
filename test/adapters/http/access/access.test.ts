import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccess } from '../../../../src/adapters/http/access/access';
import { createApp } from '../../../../src/adapters/http/app';

const SINGLE = 'the-token-of-the-setting';
const READER = 'reader-0123456789';
const ERASER = 'eraser-0123456789';

let folder = '';
let tokensFile = '';
let nowS = 0;
const failures: unknown[] = [];
const closing: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clv-tokens-'));
  tokensFile = join(folder, 'tokens');
  writeFileSync(tokensFile, `reader read ${READER}\neraser erase ${ERASER}\n`);
  nowS = 0;
  failures.splice(0);
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** A server with one path for each role. */
async function start(options: { token?: string; tokensFile?: string }) {
  const elapsedS = () => nowS;
  const access = createAccess({
    host: '127.0.0.1',
    ...options,
    elapsedS,
    failed: (error) => void failures.push(error),
  });
  const app = await createApp({
    access,
    elapsedS,
    groups: [
      (server) => {
        server.get('/figures', () => ({}));
        server.put('/model', { config: { role: 'operate' } }, () => ({}));
        server.delete('/customer', { config: { role: 'erase' } }, () => ({}));
      },
    ],
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  closing.push(() => app.close());
  return async (token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answers = await Promise.all(
      [
        ['GET', '/figures'],
        ['PUT', '/model'],
        ['DELETE', '/customer'],
      ].map(([method, path]) => fetch(url + path, { method: method!, headers })),
    );
    return answers.map(({ status }) => status);
  };
}

test('each token opens what its roles say', async () => {
  const statuses = await start({ token: SINGLE, tokensFile });
  expect(await statuses(SINGLE)).toEqual([200, 200, 403]);
  expect(await statuses(READER)).toEqual([200, 403, 403]);
  expect(await statuses(ERASER)).toEqual([403, 403, 200]);
  expect(await statuses()).toEqual([401, 401, 401]);
  expect(await statuses('wrong')).toEqual([401, 401, 401]);
});

test('without a token, callers on this machine read and operate, and erase nothing', async () => {
  expect(await (await start({}))()).toEqual([200, 200, 403]);
});

test('a changed file is in force a second later: tokens rotate without a restart', async () => {
  const statuses = await start({ tokensFile });
  writeFileSync(tokensFile, `reader read ${READER}-new\n`);
  nowS = 0.5;
  expect(await statuses(READER)).toEqual([200, 403, 403]);
  nowS = 1.5;
  expect(await statuses(READER)).toEqual([401, 401, 401]);
  expect(await statuses(`${READER}-new`)).toEqual([200, 403, 403]);
  expect(failures).toEqual([]);
});

test('a fault in the changed file: the tokens before stay, and it is told once', async () => {
  const statuses = await start({ tokensFile });
  writeFileSync(tokensFile, 'reader everything\n');
  for (nowS = 2; nowS < 8; nowS += 2) expect(await statuses(READER)).toEqual([200, 403, 403]);
  expect(failures).toEqual([expect.objectContaining({ code: 'CLV_HTTP_TOKEN_FILE' })]);
  rmSync(tokensFile);
  for (nowS = 10; nowS < 16; nowS += 2) expect(await statuses(READER)).toEqual([200, 403, 403]);
  writeFileSync(tokensFile, '');
  for (nowS = 17; nowS < 19; nowS += 1) expect(await statuses(READER)).toEqual([200, 403, 403]);
  expect(failures).toHaveLength(3);
  writeFileSync(tokensFile, `reader read ${READER}-new\n`);
  nowS = 20;
  expect(await statuses(`${READER}-new`)).toEqual([200, 403, 403]);
});

test('a file that is faulty at the start is refused', async () => {
  await expect(start({ tokensFile: join(folder, 'absent') })).rejects.toMatchObject({ code: 'CLV_HTTP_TOKEN_FILE' });
  writeFileSync(tokensFile, '');
  await expect(start({ tokensFile })).rejects.toMatchObject({ code: 'CLV_HTTP_TOKEN_FILE' });
});
