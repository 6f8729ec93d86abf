import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDaemon } from '../../test/support/process';
import type { Contender, Running } from './measure';
import { addTopics, dropTopics, runName, type Stream } from './stream';

const PEERS = join(__dirname, '..', 'peers');
const TYPESCRIPT = join(__dirname, '..', '..', 'test', 'support', 'swc-register.js');

/** Bytes of an update of the program with its key, which is what a pipe must carry to be compared with it. */
export const UPDATE_BYTES = 402;

/** Programs of peers are built once and kept here, beside the jars of the tests. */
const cache = (name: string): string =>
  join(process.env.CLV_CACHE_DIR ?? join(homedir(), '.cache', 'clv-stream'), 'bench-peers', name);

/** Starts a program that prints `count N`, with an output topic of its own. */
async function startPeer(
  stream: Stream,
  command: (out: string, folder: string) => readonly [string, ...string[]],
): Promise<Running> {
  const out = `${runName()}-out`;
  await addTopics(stream, [out]);
  const folder = mkdtempSync(join(tmpdir(), 'clv-peer-'));
  const [program, ...args] = command(out, folder);
  const log = join(folder, 'peer.log');
  const daemon = startDaemon(program, args, log);
  return {
    pids: [daemon.pid],
    // The newest line may still be written.
    count: () => Number(/.*count (\d+)\n/s.exec(readFileSync(log, 'utf8'))?.[1] ?? 0),
    check: () => daemon.check(),
    end: async () => {
      await daemon.end('SIGKILL');
      await dropTopics(stream, [out]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const inputTopics = ({ inputs }: Stream): string => inputs.platform.topics.inputs.join(',');

/** Reads every record with kafkajs and writes one of `bytes` for it; 0: the input's own value. */
export const kafkajsPipe = (bytes: number): Contender => ({
  name: `kafkajs pipe, ${bytes === 0 ? 'values of the input' : `${bytes} bytes`}`,
  start: (stream) =>
    startPeer(stream, (out) => [
      process.execPath,
      '-r',
      TYPESCRIPT,
      join(PEERS, 'pipe-kafkajs.ts'),
      stream.stand.kafka.address,
      inputTopics(stream),
      out,
      `${stream.events}`,
      `${stream.partitions}`,
      `${bytes}`,
    ]),
});

/** Kafka Streams with exactly-once v2 and RocksDB. Built by Maven and a JDK at its first use. */
export function kafkaStreams(threads: number): Contender {
  return {
    name: `Kafka Streams 4.1.1 exactly-once v2, ${threads} thread${threads === 1 ? '' : 's'}`,
    start: (stream) => {
      const built = buildStreams();
      return startPeer(stream, (out, folder) => [
        'java',
        '-Xmx2g',
        '-cp',
        `${built}:${join(built, 'libs', '*')}`,
        'Peer',
        stream.stand.kafka.address,
        inputTopics(stream),
        out,
        `${stream.events}`,
        `${threads}`,
        folder,
      ]);
    },
  };
}

function buildStreams(): string {
  return built('kafka-streams-4.1.1', (folder) => {
    cpSync(join(PEERS, 'streams'), folder, { recursive: true });
    const libs = join(folder, 'libs');
    run(
      'mvn',
      ['-q', '-B', '-f', join(folder, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${libs}`],
      'apt-get install maven',
    );
    run(
      'javac',
      ['-cp', join(libs, '*'), '-d', folder, join(folder, 'Peer.java')],
      'apt-get install openjdk-17-jdk-headless',
    );
  });
}

/** Quix Streams with exactly-once. Installed from PyPI at its first use. It reads one topic, which holds all events of the stream. */
export const quixStreams: Contender = {
  name: 'Quix Streams 3.28.1 exactly-once',
  start: async (stream) => {
    const home = built('quix-3.28.1', (folder) => {
      run('python3', ['-m', 'venv', folder], 'apt-get install python3-venv');
      run(
        join(folder, 'bin', 'pip'),
        ['install', '-q', '-r', join(PEERS, 'quix', 'requirements.txt')],
        'look at its lines above',
      );
    });
    const all = await stream.inOneTopic();
    return startPeer(stream, (out, folder) => [
      join(home, 'bin', 'python3'),
      join(PEERS, 'quix', 'peer.py'),
      stream.stand.kafka.address,
      all,
      out,
      `${stream.events}`,
      folder,
    ]);
  },
};

/** A folder that `make` fills once. An interrupted making leaves nothing that is taken for finished. */
function built(name: string, make: (folder: string) => void): string {
  const folder = cache(name);
  const marker = join(folder, 'built');
  if (existsSync(marker)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  make(folder);
  mkdirSync(`${marker}.part`);
  renameSync(`${marker}.part`, marker);
  return folder;
}

function run(program: string, args: readonly string[], fix: string): void {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  } catch (error) {
    throw new Error(`${program} is needed to build a peer and failed; ${fix}`, { cause: error });
  }
}
