import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Numbers of this machine's NVIDIA GPUs, of which CUDA_VISIBLE_DEVICES may allow some alone. */
export async function listGpus(): Promise<number[]> {
  const allowed = process.env['CUDA_VISIBLE_DEVICES'];
  if (allowed !== undefined) return allowed.split(',').filter(Boolean).map(Number);
  try {
    const { stdout } = await promisify(execFile)(
      'nvidia-smi',
      ['--query-gpu=index', '--format=csv,noheader'],
      { timeout: 10_000 },
    );
    return stdout.trim().split('\n').filter(Boolean).map(Number);
  } catch {
    // No driver, no GPU.
    return [];
  }
}
