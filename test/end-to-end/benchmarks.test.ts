import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SERVERS_VARIABLE, serversText, startStand } from '../../bench/support/stand';
import { describeWithOwnServers } from '../support/services';

/** On a busy machine a broker alone takes a minute to start. */
jest.setTimeout(600_000);

const ROOT = join(__dirname, '..', '..');

/** What the last lines of each benchmark must hold: its table is there, and every cell of its first row is a figure. */
const WITHOUT_SERVERS: Readonly<Record<string, RegExp>> = {
  codecs: /order, decode JSON and check +[\d.]+ µs/,
  embedded: /scorer, start included +\d+ +[\d.]+/,
  files: /lines\.csv.*: 2000 rows, 500 events, \d+ rows\/s/,
  gate: /An equal challenger: \d+ promotions in 1 years/,
  labels: /restart: [\d.]+ s/,
  'record-batch': /ours +[\d.]+ µs a record: kafkajs takes [\d.]+ times/,
  step: /with step and heads [\d.]+ µs/,
  training: /served orders +nGini/,
};
const WITH_SERVERS: Readonly<Record<string, RegExp>> = {
  customers: /200 +zipf +\d+ +[\d.]+ +[\d.]+ +[\d.]+ +\d+ +\d+/,
  delivery: /clv-stream exactly-once +\d+ +\d+–\d+ +[\d.]+ +[\d.]+/,
  latency: /at-least-once, 50 % of 400 +200 +\d+ +\d+/,
  peers: /Quix Streams [\d.]+ exactly-once +\d+/,
  processes: /clv-stream exactly-once +\d+ +\d+–\d+ +1\.00 +[\d.]+/,
  profile: /function +share\n.+ [\d.]+ %/,
  recovery: /100 customers .* s from kill -9 of the only scorer to the first new update/,
  'start-up': /Kafka and Redis +[\d.]+ \([\d.]+–[\d.]+\)/,
  swap: /another encoder every 200 ms +\d+ +\d+–\d+ +[\d.]+/,
  versions: /clv-stream\.js +\d+ +\d+–\d+ +1\.00 +[\d.]+/,
};
/** It trains for a minute, and has a test of its own. */
const ELSEWHERE = ['learning'];

async function shortRun(name: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
  const args = [join('bench', 'run.js'), name, '--short'];
  const options = { cwd: ROOT, maxBuffer: 2 ** 24, env: { ...process.env, ...variables } };
  return (await promisify(execFile)(process.execPath, args, options)).stdout;
}

test('every benchmark is run here in its short form', () => {
  const benchmarks = readdirSync(join(ROOT, 'bench')).filter((file) => file.endsWith('.ts'));
  const expected = [...Object.keys(WITHOUT_SERVERS), ...Object.keys(WITH_SERVERS), ...ELSEWHERE];
  expect(benchmarks.map((file) => file.slice(0, -'.ts'.length)).sort()).toEqual(expected.sort());
});

test.each(Object.entries(WITHOUT_SERVERS))('%s', async (name, table) => {
  expect(await shortRun(name)).toMatch(table);
});

describeWithOwnServers('with a broker and a Redis of their own', () => {
  let servers: Awaited<ReturnType<typeof startStand>>;
  beforeAll(async () => {
    servers = await startStand();
  });
  afterAll(() => servers.stop());

  test.each(Object.entries(WITH_SERVERS))('%s', async (name, table) => {
    const { kafka, redis } = servers;
    expect(await shortRun(name, { [SERVERS_VARIABLE]: serversText([kafka, redis]) })).toMatch(table);
  });
});
