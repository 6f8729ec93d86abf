import { ReopenedWriter } from '../../../src/adapters/registry/reopened-writer';
import { WriterFenced } from '../../../src/ports/log';
import type { CurrentModel, ModelRegistry } from '../../../src/ports/model-registry';
import { ModelAnnouncementCodec } from '../../../src/serde/model-announcement-codec';
import { modelRegistryContract } from '../../contracts/model-registry-contract';
import { type Deployment, type DeploymentKind, openDeployment } from '../../support/deployment';
import { MemoryRegistry } from '../../support/memory-topics';
import { until } from '../../support/process';
import { describeWithKafkaAndRedis } from '../../support/services';

const announcement = (version: string, bytes = 20) => ({
  version,
  artefact: new Uint8Array(bytes).fill(7),
  announcedAtMs: 5,
  note: 'better',
});

/** Collects what a watch delivers until `close`. */
function watching(watch: (on: (model: CurrentModel) => void, signal: AbortSignal) => Promise<void>) {
  const seen: CurrentModel[] = [];
  const stop = new AbortController();
  const running = watch((model) => void seen.push(model), stop.signal);
  const close = async () => {
    stop.abort();
    await running;
  };
  return { seen, close };
}

const watchCurrent = (registry: ModelRegistry) => watching((on, signal) => registry.watchCurrent(on, signal));

function suite(kind: DeploymentKind): void {
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await openDeployment(kind);
  });
  afterEach(() => deployment.close());
  const open = () => deployment.platform.registry();

  test('keeps every version that was ever announced, and one of them is current', async () => {
    const registry = open();
    await registry.keep(announcement('m-first', 10));
    expect(await registry.current()).toBeNull();
    await registry.publish(announcement('m-a', 20));
    await registry.publish(announcement('m-b', 30));
    await registry.keep(announcement('m-a', 99));
    expect(await registry.current()).toMatchObject({ version: 'm-b' });
    const versions = await registry.versions();
    expect([...versions].map(([version, { artefact }]) => [version, artefact.length])).toEqual([
      ['m-first', 10],
      ['m-a', 20],
      ['m-b', 30],
    ]);
  });

  test('a watch of the current model starts with the newest of 1,000, and then sees later ones in their order', async () => {
    const registry = open();
    for (let i = 0; i < 1_000; i++) await registry.publish(announcement(`m-${i}`));
    const { seen, close } = watchCurrent(open());
    await until('the current model is seen', async () => seen.length > 0);
    await registry.publish(announcement('m-later'));
    await registry.publish(announcement('m-last'));
    await until('the last one is seen', async () => seen.at(-1)?.version === 'm-last');
    await close();
    expect(seen[0]!.version).toBe('m-999');
    expect(seen.length).toBeLessThanOrEqual(3);
    const sequences = seen.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
  });

  test('a model that is announced again becomes current again, with a later sequence', async () => {
    const registry = open();
    const { seen, close } = watchCurrent(open());
    for (const version of ['m-a', 'm-b', 'm-a']) {
      await registry.publish(announcement(version));
      await until(`${version} is seen`, async () => seen.at(-1)?.version === version);
    }
    await close();
    expect(seen.map(({ version }) => version)).toEqual(['m-a', 'm-b', 'm-a']);
    expect(await registry.current()).toEqual(seen[2]);
  });

  test('the history has every announcement, oldest first', async () => {
    const registry = open();
    for (const version of ['m-a', 'm-b', 'm-a']) await registry.publish(announcement(version));
    const { seen, close } = watching((on, signal) => open().watchHistory(on, signal));
    await until('all are seen', async () => seen.length === 3);
    await registry.publish(announcement('m-c'));
    await until('the later one is seen', async () => seen.length === 4);
    await close();
    expect(seen.map(({ version }) => version)).toEqual(['m-a', 'm-b', 'm-a', 'm-c']);
  });

  test('of two registries with a fenced writer of one name, the one opened last publishes', async () => {
    const { platform } = deployment;
    const fenced = () => ReopenedWriter.open(() => platform.fencedWriter('train'));
    const first = platform.registry(await fenced());
    await first.publish(announcement('m-a'));
    const second = platform.registry(await fenced());
    await second.publish(announcement('m-b'));
    await expect(first.publish(announcement('m-c'))).rejects.toThrow(WriterFenced);
    await second.publish(announcement('m-d'));
    await open().publish(announcement('m-by-hand'));
    expect([...(await open().versions()).keys()]).toEqual(['m-a', 'm-b', 'm-d', 'm-by-hand']);
  });

  test('announcements of an earlier program, without headers, are the versions to go back to', async () => {
    const codec = new ModelAnnouncementCodec();
    const text = new TextEncoder();
    const writer = deployment.platform.writer();
    for (const version of ['m-a', 'm-b']) {
      const value = codec.encode(announcement(version));
      const record = { topic: deployment.platform.topics.models, partition: 0, timestampMs: 5, value };
      await writer.append([version, 'current'].map((key) => ({ ...record, key: text.encode(key) })));
    }
    expect(await open().current()).toEqual({ ...announcement('m-b'), artefact: expect.anything(), sequence: 3 });
    await open().publish(announcement('m-c'), { action: 'promoted', by: 'trainer', reason: '' });
    expect((await open().current())!.release).toMatchObject({ pinned: false, earlier: ['m-b', 'm-a'] });
  });

  test('an unreadable announcement leaves the one before it current', async () => {
    const registry = open();
    await registry.publish(announcement('m-a'));
    const text = new TextEncoder();
    const record = { topic: deployment.platform.topics.models, partition: 0, timestampMs: 5 };
    await deployment.platform.writer().append([{ ...record, key: text.encode('current'), value: text.encode('?') }]);
    expect(await registry.current()).toMatchObject({ version: 'm-a' });
    expect(await open().current()).toMatchObject({ version: 'm-a' });
    expect(deployment.notices.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^skipping a model announcement: .*models@2: /),
    );
  });

  test('a deployment that never had another model finds the one it started from, whatever the program ships later', async () => {
    const scorer = await deployment.startScorer();
    const { modelVersion } = scorer;
    await scorer.stop();
    const versions = await open().versions();
    expect([...versions.keys()]).toEqual([modelVersion]);
  });
}

async function registriesOn(kind: DeploymentKind) {
  const deployment = await openDeployment(kind);
  return { open: () => deployment.platform.registry(), dispose: () => deployment.close() };
}

async function registriesInMemory() {
  const registry = new MemoryRegistry();
  return { open: () => registry, dispose: async () => undefined };
}

modelRegistryContract('the model registry of the tests', registriesInMemory);
modelRegistryContract('the model registry on the embedded log', () => registriesOn('embedded'));
describe('the model registry on the embedded log', () => suite('embedded'));
describeWithKafkaAndRedis('on Kafka', () => {
  modelRegistryContract('the model registry', () => registriesOn('kafka'));
  describe('the model registry', () => suite('kafka'));
});
