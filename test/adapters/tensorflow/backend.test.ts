import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBackend, loadNative, nativePlaces } from '../../../src/adapters/tensorflow/backend';

describe('choice of the backend', () => {
  test('looks in node_modules, then where the build script puts it', () => {
    const places = nativePlaces({ CLV_CACHE_DIR: join('some', 'where') });
    expect(places[0]).toBe('@tensorflow/tfjs-node');
    expect(places[1]).toContain(join('some', 'where', `tfjs-node-4.22.0-${process.versions.modules}`));
  });

  test('auto takes the native one if it loads, else WebAssembly', async () => {
    const expected = loadNative(1).tf === null ? 'wasm' : 'tensorflow';
    const backend = await loadBackend({ preference: 'auto', threads: 1 });
    expect(backend.name).toBe(expected);
    expect(backend.version).toMatch(/^4\./);
  });

  test('native is requested but not available: the error names the script', async () => {
    const kept = process.env.CLV_CACHE_DIR;
    const empty = mkdtempSync(join(tmpdir(), 'clv-no-native-'));
    process.env.CLV_CACHE_DIR = empty;
    jest.resetModules();
    // Virtual: the package is optional, and absent where its library can't be had.
    const broken = () => {
      throw new Error('no library');
    };
    jest.doMock('@tensorflow/tfjs-node', broken, { virtual: true });
    try {
      await expect(loadBackend({ preference: 'native', threads: 1 })).rejects.toMatchObject({
        code: 'CLV_BACKEND_UNAVAILABLE',
        message: expect.stringContaining('scripts/build-tfjs-native'),
        cause: expect.anything(),
      });
      expect((await loadBackend({ preference: 'auto', threads: 1 })).name).toBe('wasm');
    } finally {
      jest.dontMock('@tensorflow/tfjs-node');
      if (kept === undefined) delete process.env.CLV_CACHE_DIR;
      else process.env.CLV_CACHE_DIR = kept;
      rmSync(empty, { recursive: true });
    }
  });
});
