import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type * as TensorFlow from '@tensorflow/tfjs-core';

/** The operations of TensorFlow.js, from whichever package was loaded. */
export type Tf = typeof TensorFlow;

/** auto: native if it loads, else WebAssembly. */
export type BackendPreference = 'auto' | 'native' | 'wasm';

export interface Backend {
  readonly tf: Tf;
  readonly name: 'tensorflow' | 'wasm';
  /** Version of TensorFlow.js. */
  readonly version: string;
}

export interface BackendSettings {
  readonly preference: BackendPreference;
  /** Threads of the native backend. Few, because the trainer may share its cores with the scorer. In Node, WebAssembly has one thread. */
  readonly threads: number;
}

const TFJS_NODE = '@tensorflow/tfjs-node';
/** The version that scripts/build-tfjs-native builds. */
const BUILT_VERSION = '4.22.0';

/** Search path of native TensorFlow.js: node_modules, then the output of scripts/build-tfjs-native. */
export function nativePlaces(environment: NodeJS.ProcessEnv = process.env): readonly string[] {
  const cache = environment.CLV_CACHE_DIR ?? join(homedir(), '.cache', 'clv-stream');
  const built = join(cache, `tfjs-node-${BUILT_VERSION}-${process.versions.modules}`);
  return [TFJS_NODE, join(built, 'node_modules', TFJS_NODE)];
}

/** No backend of the requested kind can be loaded. `cause` has the error of the last attempt. */
export class BackendUnavailable extends Error {
  readonly code = 'CLV_BACKEND_UNAVAILABLE';
}

/**
 * Chooses the backend by trying to load it. A package can be installed although the download of its library failed. Throws {@link
 * BackendUnavailable} if the native one is required and can't be loaded.
 */
export async function loadBackend(settings: BackendSettings): Promise<Backend> {
  if (settings.preference !== 'wasm') {
    const native = loadNative(settings.threads);
    if (native.tf !== null) {
      await native.tf.ready();
      return { tf: native.tf, name: 'tensorflow', version: native.tf.version_core };
    }
    if (settings.preference === 'native') {
      throw new BackendUnavailable(
        'native TensorFlow.js cannot be loaded; scripts/build-tfjs-native builds it from the packages of npm and PyPI',
        { cause: native.cause },
      );
    }
  }
  return loadWasm();
}

/** Loads native TensorFlow.js from the first path that works. Otherwise returns the error of the last path. */
export function loadNative(threads: number): { tf: Tf; cause?: undefined } | { tf: null; cause: unknown } {
  // The library reads both variables once, at its start. 2 logs errors only. oneDNN is off: it prints to stderr and gains nothing at these
  // sizes.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
  process.env.TF_NUM_INTEROP_THREADS ??= '1';
  restoreNullCheck();
  let cause: unknown;
  for (const place of nativePlaces()) {
    const speakAgain = silenceConsole();
    try {
      return { tf: require(place) as Tf };
    } catch (error) {
      cause = error;
    } finally {
      speakAgain();
    }
  }
  return { tf: null, cause };
}

/** tfjs-node calls util.isNullOrUndefined, which Node 23 removed. */
function restoreNullCheck(): void {
  const old = createRequire(__filename)('node:util') as Partial<Record<'isNullOrUndefined', (x: unknown) => boolean>>;
  old.isNullOrUndefined ??= (x) => x === null || x === undefined;
}

/** TensorFlow.js prints to the console while it loads its backends. Returns a function that restores the console. */
function silenceConsole(): () => void {
  const { log, warn, info } = console;
  const ignore = () => {};
  Object.assign(console, { log: ignore, warn: ignore, info: ignore });
  return () => Object.assign(console, { log, warn, info });
}

async function loadWasm(): Promise<Backend> {
  const speakAgain = silenceConsole();
  try {
    // The whole of TensorFlow.js: its core alone registers no gradients.
    const tf: Tf = await import('@tensorflow/tfjs');
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
    if (!(await tf.setBackend('wasm'))) {
      throw new BackendUnavailable('the WebAssembly backend of TensorFlow.js did not start');
    }
    await tf.ready();
    return { tf, name: 'wasm', version: tf.version_core };
  } finally {
    speakAgain();
  }
}
