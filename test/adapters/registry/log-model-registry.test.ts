import { openDeployment } from '../../support/deployment';

const announcement = (version: string, bytes: number) => ({
  version,
  artefact: new Uint8Array(bytes).fill(7),
  announcedAtMs: 5,
  note: 'better',
});

describe('the model registry on an event log', () => {
  test('keeps every version that was ever announced, beside the current one', async () => {
    const deployment = await openDeployment('embedded');
    try {
      const registry = deployment.platform.registry();
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
    } finally {
      await deployment.close();
    }
  });

  test('a deployment that never had another model finds the one it started from, whatever the program ships later', async () => {
    const deployment = await openDeployment('embedded');
    try {
      const scorer = await deployment.startScorer();
      const { modelVersion } = scorer;
      await scorer.stop();
      const versions = await deployment.platform.registry().versions();
      expect([...versions.keys()]).toEqual([modelVersion]);
    } finally {
      await deployment.close();
    }
  });
});
