import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** An NVIDIA GPU of this machine. */
export interface Gpu {
  /** As CUDA_VISIBLE_DEVICES names it: its number, or its UUID. */
  readonly id: string;
  /** Such as `NVIDIA H100 80GB HBM3`: arithmetic differs between models. */
  readonly model: string;
}

/** This machine's GPUs, of which CUDA_VISIBLE_DEVICES may allow some alone. */
export async function listGpus(): Promise<Gpu[]> {
  const there = await askDriver();
  const allowed = process.env['CUDA_VISIBLE_DEVICES']?.split(',').filter(Boolean);
  if (allowed === undefined) return there.map(({ index, model }) => ({ id: index, model }));
  return allowed.map((id) => {
    const gpu = there.find(({ index, uuid }) => id === index || uuid.startsWith(id));
    return { id, model: gpu?.model ?? 'unknown' };
  });
}

/**
 * What a process needs to compute on a GPU that is its own, and to come to the same bits each time.
 * Its memory is taken as it is needed: a process for predictions may stand on the same GPU. Products
 * of float32 have all their bits: TF32 has a mantissa of ten, which a check of 1e-5 would refuse.
 */
export const gpuEnvironment = (gpu: Gpu | undefined): NodeJS.ProcessEnv =>
  gpu === undefined
    ? { CUDA_VISIBLE_DEVICES: '' }
    : {
        CUDA_VISIBLE_DEVICES: gpu.id,
        SEVENFOLD_GPU_MODEL: gpu.model,
        TF_DETERMINISTIC_OPS: '1',
        TF_FORCE_GPU_ALLOW_GROWTH: 'true',
        NVIDIA_TF32_OVERRIDE: '0',
      };

async function askDriver() {
  try {
    const { stdout } = await promisify(execFile)(
      'nvidia-smi',
      ['--query-gpu=index,uuid,name', '--format=csv,noheader'],
      { timeout: 10_000 },
    );
    return stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [index = '', uuid = '', ...name] = line.split(', ');
        return { index, uuid, model: name.join(', ') };
      });
  } catch {
    // No driver, no GPU.
    return [];
  }
}
