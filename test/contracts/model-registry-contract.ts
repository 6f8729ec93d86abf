import type { ReleaseAction, ReleaseChange } from '../../src/domain/release/release';
import type { ModelAnnouncement, ModelRegistry } from '../../src/ports/model-registry';

/** Registries of one deployment, each with its own view of it. */
export interface RegistriesUnderTest {
  open(): ModelRegistry;
  dispose(): Promise<void>;
}

const announcement = (version: string, announcedAtMs = 5): ModelAnnouncement => ({
  ...{ version, artefact: new Uint8Array(20).fill(7), announcedAtMs, note: `loss of ${version}` },
});
const change = (action: ReleaseAction, reason = ''): ReleaseChange => ({ action, by: 'ann@till-3', reason });

/** Who puts models into force and why, the pin, and the versions to go back to. */
export function modelRegistryContract(title: string, make: () => Promise<RegistriesUnderTest>): void {
  describe(`${title} records releases`, () => {
    let tested: RegistriesUnderTest;
    let registry: ModelRegistry;
    beforeEach(async () => {
      tested = await make();
      registry = tested.open();
    });
    afterEach(() => tested.dispose());
    const current = async () => (await tested.open().current())!;

    test('who and why come back with the current one, with its version and in the history', async () => {
      await registry.publish(announcement('m-a'), change('promoted', 'Für „Ostern“ – 100 %.'));
      const release = {
        action: 'promoted',
        by: 'ann@till-3',
        reason: 'Für „Ostern“ – 100 %.',
        pinned: false,
        earlier: [],
      };
      expect(await current()).toMatchObject({ ...announcement('m-a'), release });
      expect((await tested.open().versions()).get('m-a')).toMatchObject({ release });
      expect(await tested.open().history()).toMatchObject([{ version: 'm-a', release }]);
    });

    test('without a change, nobody has published it', async () => {
      await registry.publish(announcement('m-a'));
      expect(await current()).toMatchObject({ release: { action: 'published', by: '', reason: '', pinned: false } });
    });

    test('a version that was only kept has no release, and can be gone back to', async () => {
      await registry.keep(announcement('m-first'));
      await registry.publish(announcement('m-a'), change('promoted'));
      expect((await tested.open().versions()).get('m-first')).not.toHaveProperty('release');
      expect(await current()).toMatchObject({ release: { earlier: ['m-first'] } });
    });

    test('the newest announcement alone tells of the pin, whoever announces', async () => {
      await registry.publish(announcement('m-a'), change('promoted'));
      await tested.open().publish(announcement('m-a'), change('pinned', 'sale'));
      expect(await current()).toMatchObject({ version: 'm-a', release: { pinned: true, action: 'pinned' } });
      await registry.publish(announcement('m-b'), change('published'));
      expect(await current()).toMatchObject({ version: 'm-b', release: { pinned: true, action: 'published' } });
      await tested.open().publish(announcement('m-b'), change('unpinned'));
      expect(await current()).toMatchObject({ version: 'm-b', release: { pinned: false, earlier: ['m-a'] } });
    });

    test('a roll-back leaves only what is older to go back to', async () => {
      for (const version of ['m-a', 'm-b', 'm-c']) await registry.publish(announcement(version), change('promoted'));
      expect((await current()).release!.earlier).toEqual(['m-b', 'm-a']);
      await tested.open().publish(announcement('m-b'), change('rolled-back'));
      expect((await current()).release!.earlier).toEqual(['m-a']);
    });

    test('the history starts after a sequence, and the versions are in the order of their last announcements', async () => {
      for (const version of ['m-a', 'm-b', 'm-a']) await registry.publish(announcement(version), change('promoted'));
      const history = await tested.open().history();
      expect(history.map(({ version }) => version)).toEqual(['m-a', 'm-b', 'm-a']);
      const later = await registry.history(history[0]!.sequence);
      expect(later).toEqual(history.slice(1));
      expect(await registry.history(history[2]!.sequence)).toEqual([]);
      expect([...(await tested.open().versions()).keys()]).toEqual(['m-b', 'm-a']);
    });
  });
}
