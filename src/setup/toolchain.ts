import { InputError } from '../errors.ts';
import { findProgram } from './find-program.ts';
import { runCommand } from './run-command.ts';
import { WASM_WAY_OUT } from './tensorflow-release.ts';

interface Tool {
  readonly name: string;
  readonly programs: readonly string[];
  readonly debianPackage: string;
}

const COMPILER: readonly Tool[] = [
  { name: 'a C++ compiler', programs: ['g++', 'c++', 'clang++'], debianPackage: 'build-essential' },
  { name: 'make', programs: ['make'], debianPackage: 'build-essential' },
  { name: 'Python 3', programs: ['python3'], debianPackage: 'python3' },
];

/** Throws an InputError that names what is missing to build the native add-on, and how to install it. */
export function requireCompiler(): void {
  const missing = COMPILER.filter(({ programs }) => !programs.some((name) => findProgram(name)));
  if (missing.length > 0) throw toolchainMissing(missing);
}

/** Throws an InputError unless Python 3 with pip is at hand. */
export async function requirePip(): Promise<void> {
  try {
    await runCommand('python3', ['-m', 'pip', '--version'], { timeoutMs: 60_000 });
  } catch (cause) {
    throw toolchainMissing(
      [{ name: 'Python 3 with pip', programs: ['pip3'], debianPackage: 'python3-pip' }],
      cause,
    );
  }
}

function toolchainMissing(tools: readonly Tool[], cause?: unknown): InputError {
  const packages = [...new Set(tools.map(({ debianPackage }) => debianPackage))];
  return new InputError(
    {
      code: 'ToolchainMissing',
      field: 'toolchain',
      value: `no ${tools.map(({ name }) => name.replace(/^a /, '')).join(', no ')}`,
      expected: 'what native TensorFlow is linked with',
      remedy: `On Debian or Ubuntu: apt-get install ${packages.join(' ')}; then \`npm run setup\`. ${WASM_WAY_OUT}`,
    },
    cause === undefined ? undefined : { cause },
  );
}
