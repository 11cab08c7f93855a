import type { Config } from '../config.ts';
import { provideLightGbm } from './lightgbm.ts';
import type { Progress } from './progress.ts';
import { ensureTemporal } from './temporal.ts';
import { ensureTensorFlow } from './tensorflow.ts';

export interface SetupOptions {
  /** Take TensorFlow's CUDA build; the CPU build is the default. */
  readonly gpu: boolean;
}

/**
 * Provides native TensorFlow, LightGBM and a Temporal dev server. Idempotent; an interrupted set-up is
 * continued by the next. What can't be provided is an InputError that says what to install.
 */
export async function setup(
  config: Config,
  { gpu }: SetupOptions,
  progress: Progress,
): Promise<void> {
  if (config.backend === 'wasm' && !gpu) {
    progress('SEVENFOLD_BACKEND=wasm: WebAssembly needs no set-up');
  } else {
    await ensureTensorFlow(config, progress, gpu ? 'gpu' : 'cpu');
    progress('TensorFlow is in place');
    await provideLightGbm(config, progress);
  }
  if (process.env['TEMPORAL_ADDRESS'] === undefined) {
    progress(`Temporal is in place: ${await ensureTemporal(config, progress)}`);
  } else {
    progress('TEMPORAL_ADDRESS names a server: no dev server is needed');
  }
}
