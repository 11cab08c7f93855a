import { arch, cpus, platform } from 'node:os';
import { hashCpuFeatures } from '../machine-fingerprint.ts';
import type { NumericFingerprint } from '../schemas/training.ts';
import { loadTensorFlow, numericSettings } from './backend.ts';

/** What this process's arithmetic depends on; loads TensorFlow to ask for its version. */
export async function numericFingerprint(): Promise<NumericFingerprint> {
  const tf = await loadTensorFlow();
  const setting = (name: keyof typeof numericSettings) =>
    process.env[name] ?? numericSettings[name];
  return {
    platform: `${platform()}-${arch()}`,
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cpuFeatures: await hashCpuFeatures(),
    backend: tf.getBackend(),
    tensorflow: nativeVersion(tf) ?? tf.version_core,
    oneDnn: setting('TF_ENABLE_ONEDNN_OPTS') !== '0',
    intraOpThreads: Number(setting('TF_NUM_INTRAOP_THREADS')),
    interOpThreads: Number(setting('TF_NUM_INTEROP_THREADS')),
    gpu: usesGpu(tf) ? (process.env['SEVENFOLD_GPU_MODEL'] ?? 'unknown') : null,
  };
}

function usesGpu(tf: { backend(): unknown }): boolean {
  return (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
}

function nativeVersion(tf: { backend(): unknown }): string | undefined {
  return (tf.backend() as { binding?: { TF_Version?: string } }).binding?.TF_Version;
}
