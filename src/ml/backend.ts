import { createRequire } from 'node:module';
import { totalmem } from 'node:os';
import type * as tf from '@tensorflow/tfjs';

export type TensorFlow = typeof tf;
export type BackendName = 'native' | 'wasm';

let loaded: TensorFlow | undefined;

/**
 * Pins what changes results: one thread wins on small models and lets trials run side by side;
 * oneDNN's kernels depend on the CPU. Read by TensorFlow when it is loaded, so set before.
 */
export const numericSettings = {
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  TF_ENABLE_ONEDNN_OPTS: '0',
  TF_CPP_MIN_LOG_LEVEL: '2',
} as const;

/**
 * Has TensorFlow keep memory that tensors have left, for the next ones. The C library gives large
 * blocks back to the system, which then fills each anew with zeros, page by page: at batches of
 * thousands of rows that took longer than the arithmetic. No result depends on it.
 */
const memorySettings = {
  TF_CPU_ALLOCATOR_USE_BFC: 'true',
  // All that there is: its own default is 64 GiB.
  TF_CPU_BFC_MEM_LIMIT_IN_MB: String(Math.ceil(totalmem() / 2 ** 20)),
} as const;

/** As TensorFlow was told, or is going to be. */
export const numericSetting = (name: keyof typeof numericSettings): string =>
  process.env[name] ?? numericSettings[name];

/** Native, or WebAssembly where SEVENFOLD_BACKEND says so. */
export const chosenBackend = (): BackendName =>
  process.env['SEVENFOLD_BACKEND'] === 'wasm' ? 'wasm' : 'native';

/** Loads TensorFlow once per process. */
export async function loadTensorFlow(backend: BackendName = chosenBackend()): Promise<TensorFlow> {
  if (loaded === undefined) {
    for (const [name, value] of Object.entries({ ...numericSettings, ...memorySettings })) {
      process.env[name] ??= value;
    }
    loaded = backend === 'wasm' ? await loadWasm() : loadNative();
  }
  return loaded;
}

function loadNative(): TensorFlow {
  const require = createRequire(import.meta.url);
  restoreRemovedNodeFunctions(require('node:util') as Record<string, unknown>);
  return require('@tensorflow/tfjs-node-gpu') as TensorFlow;
}

async function loadWasm(): Promise<TensorFlow> {
  const require = createRequire(import.meta.url);
  restoreRemovedNodeFunctions(require('node:util') as Record<string, unknown>);
  const core = require('@tensorflow/tfjs') as TensorFlow;
  require('@tensorflow/tfjs-backend-wasm');
  await core.setBackend('wasm');
  await core.ready();
  return core;
}

/** TensorFlow.js 4.22 calls two functions of `util` that Node 23 removed. */
function restoreRemovedNodeFunctions(util: Record<string, unknown>): void {
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
}
