import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { arch, cpus, platform } from 'node:os';
import type { NumericFingerprint } from './schemas/training.ts';

/** What arithmetic depends on that is not Sevenfold's own: the machine alone. */
export async function machineFingerprint(): Promise<NumericFingerprint> {
  return {
    platform: `${platform()}-${arch()}`,
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cpuFeatures: await hashCpuFeatures(),
    backend: 'none',
    tensorflow: 'none',
    oneDnn: false,
    intraOpThreads: 0,
    interOpThreads: 0,
    gpu: null,
  };
}

/** Kernels are chosen by the CPU's instruction sets; where they can't be read, the model must do. */
export async function hashCpuFeatures(): Promise<string> {
  try {
    const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'));
    return createHash('sha256')
      .update(flags?.[1] ?? '')
      .digest('hex')
      .slice(0, 16);
  } catch {
    return 'unknown';
  }
}
