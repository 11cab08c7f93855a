import { InputError } from '../errors.ts';
import type { Wheel } from './wheel.ts';

export const TENSORFLOW_VERSION = '2.21.0';

/** CPU by default; the CUDA build only where asked for. */
export type TensorFlowVariant = 'cpu' | 'gpu';

/**
 * The wheels that carry the C++ library. Its Python version does not matter to the library,
 * so CPython 3.11's serves whatever Python is at hand.
 */
const WHEELS: Readonly<Record<string, Wheel>> = {
  'cpu-linux-x64': {
    project: 'tensorflow-cpu',
    version: TENSORFLOW_VERSION,
    platform: 'manylinux_2_27_x86_64',
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    megabytes: 274,
  },
  'cpu-linux-arm64': {
    project: 'tensorflow',
    version: TENSORFLOW_VERSION,
    platform: 'manylinux_2_27_aarch64',
    sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    megabytes: 282,
  },
  'gpu-linux-x64': {
    project: 'tensorflow',
    version: TENSORFLOW_VERSION,
    platform: 'manylinux_2_27_x86_64',
    sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
    megabytes: 572,
  },
};

export const WASM_WAY_OUT =
  'Without native TensorFlow, SEVENFOLD_BACKEND=wasm runs on WebAssembly: linear models and MLPs train, ' +
  'more slowly; convolutional networks do not train.';

/** The wheel for this machine; an InputError where TensorFlow publishes none. */
export function wheelFor(
  variant: TensorFlowVariant,
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): Wheel {
  const wheel = WHEELS[`${variant}-${platform}-${arch}`];
  if (wheel !== undefined) return wheel;
  throw new InputError({
    code: 'PlatformUnsupported',
    field: 'platform',
    value: `${platform}-${arch}`,
    expected: `one of ${Object.keys(WHEELS).join(', ')}`,
    remedy: WASM_WAY_OUT,
  });
}

/** Name of the cache folder that holds this variant's library and headers. */
export const tensorFlowFolderName = (variant: TensorFlowVariant): string =>
  `tensorflow-${TENSORFLOW_VERSION}-${variant}-${process.platform}-${process.arch}`;
