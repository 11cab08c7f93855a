import { arch, cpus, platform } from 'node:os';
import { hashCpuFeatures } from '../machine-fingerprint.ts';
import type { NumericFingerprint } from '../schemas/training.ts';
import { loadTensorFlow, numericSetting } from './backend.ts';
import { isOnGpu } from './graph/native-backend.ts';

/** What this process's arithmetic depends on; loads TensorFlow to ask for its version. */
export async function numericFingerprint(): Promise<NumericFingerprint> {
  const tf = await loadTensorFlow();
  return {
    platform: `${platform()}-${arch()}`,
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cpuFeatures: await hashCpuFeatures(),
    backend: tf.getBackend(),
    tensorflow: nativeVersion(tf) ?? tf.version_core,
    oneDnn: numericSetting('TF_ENABLE_ONEDNN_OPTS') !== '0',
    intraOpThreads: Number(numericSetting('TF_NUM_INTRAOP_THREADS')),
    interOpThreads: Number(numericSetting('TF_NUM_INTEROP_THREADS')),
    gpu: isOnGpu(tf) ? (process.env['SEVENFOLD_GPU_MODEL'] ?? 'unknown') : null,
  };
}

function nativeVersion(tf: { backend(): unknown }): string | undefined {
  return (tf.backend() as { binding?: { TF_Version?: string } }).binding?.TF_Version;
}
