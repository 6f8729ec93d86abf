import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { OTHER_VARIABLES, SETTINGS } from '../../src/config/table';

const ROOT = join(__dirname, '../..');

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly build?: { readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);
const dockerfile = readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8');

test('the stack is whole', () => {
  expect(Object.keys(compose.services).sort()).toEqual(
    ['api', 'clock', 'grafana', 'kafka', 'prometheus', 'redis', 'scorer', 'setup', 'simulator', 'trainer'].sort(),
  );
});

test.each(ours)("%s runs a command of the program, with the program's own settings", (_name, service) => {
  const [program, command = '', ...options] = service.command ?? [];
  expect(program).toBe('clv-stream');
  const { status, stdout, stderr } = help(command);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const option of options.filter((word) => word.startsWith('--'))) expect(stdout).toContain(option);
  const known = [...Object.keys(SETTINGS), ...OTHER_VARIABLES];
  expect(Object.keys(service.environment ?? {}).filter((name) => !known.includes(name))).toEqual([]);
});

test.each(services)('%s: dependencies exist and can be waited for, volumes and files exist', (_name, service) => {
  for (const [dependency, { condition }] of Object.entries(service.depends_on ?? {})) {
    expect(compose.services).toHaveProperty([dependency]);
    if (condition === 'service_healthy') expect(compose.services[dependency]?.healthcheck).toBeDefined();
  }
  for (const volume of service.volumes ?? []) {
    const source = volume.split(':')[0] ?? '';
    if (source.startsWith('./')) expect(existsSync(join(ROOT, source))).toBe(true);
    else expect(compose.volumes).toHaveProperty([source]);
  }
});

test('nothing listens beyond this machine', () => {
  for (const [, { ports = [] }] of services) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test('images are pinned', () => {
  for (const [, { image }] of services) expect(image).toMatch(/:(local|v?\d+\.\d+)/);
});

test('Redis never evicts, and keeps its log', () => {
  const command = compose.services.redis?.command?.join(' ');
  expect(command).toContain('--maxmemory-policy noeviction');
  expect(command).toContain('--appendonly yes');
});

test('the image copies what exists, runs without root, and finds the program', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) => match[1]?.split(' ') ?? []);
  expect(copied.length).toBeGreaterThan(5);
  expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  expect(copied.filter((path) => !ignored.includes(`!${path}`))).toEqual([]);
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toContain('ln -s /app/bin/clv-stream.js /usr/local/bin/clv-stream');
  // Executable bit and interpreter line: the link is started as a program.
  expect(statSync(join(ROOT, 'bin/clv-stream.js')).mode & 0o111).not.toBe(0);
  expect(readFileSync(join(ROOT, 'bin/clv-stream.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});

/** The command line from its sources, so that the test needs no build. */
function help(command: string): SpawnSyncReturns<string> {
  const register = join(ROOT, 'test/support/swc-register.js');
  const start = `require('./src/cli/main').main(['node', 'clv-stream', '${command}', '--help'])`;
  return spawnSync(process.execPath, ['-r', register, '-e', start], { cwd: ROOT, encoding: 'utf8' });
}
