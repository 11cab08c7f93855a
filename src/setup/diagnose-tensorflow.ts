import type { Config } from '../config.ts';
import type { Finding } from './finding.ts';
import { isAddonLinked, linkedTensorFlow } from './link-addon.ts';
import { probeTensorFlow } from './probe-tensorflow.ts';
import { runCommand } from './run-command.ts';
import { WASM_WAY_OUT } from './tensorflow-release.ts';

/** Which arithmetic is set, and whether it computes. */
export async function diagnoseTensorFlow(config: Config): Promise<Finding> {
  const name = 'TensorFlow';
  if (config.backend === 'native' && !isAddonLinked()) {
    return { name, status: 'missing', found: 'not set up', remedy: 'npm run setup' };
  }
  try {
    const { backend, version } = await probeTensorFlow({ SEVENFOLD_BACKEND: config.backend });
    const found = `${version}, ${backend === 'tensorflow' ? 'native' : backend}`;
    return backend === 'wasm'
      ? { name, status: 'warning', found, remedy: WASM_WAY_OUT }
      : { name, status: 'ok', found, remedy: null };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { name, status: 'missing', found, remedy: 'npm run setup' };
  }
}

/** The GPU that NVIDIA's driver shows, and whether the linked TensorFlow could use it. */
export async function diagnoseGpu(): Promise<Finding> {
  const name = 'GPU';
  const query = ['--query-gpu=name,memory.total', '--format=csv,noheader'];
  const gpus = await runCommand('nvidia-smi', query, { timeoutMs: 10_000 }).catch(() => '');
  if (gpus.trim() === '') {
    return { name, status: 'ok', found: 'none; computing on the CPU', remedy: null };
  }
  const found = gpus.trim().split('\n').join('; ');
  const usesCuda = linkedTensorFlow()?.includes('-gpu-') === true;
  return usesCuda
    ? { name, status: 'ok', found, remedy: null }
    : {
        name,
        status: 'warning',
        found: `${found}; unused, for TensorFlow's CPU build is set up`,
        remedy: 'npm run setup -- --gpu',
      };
}
