import { InputError } from '../errors.ts';
import { findProgram } from './find-program.ts';
import { runCommand } from './run-command.ts';
import { WASM_WAY_OUT } from './tensorflow-release.ts';

interface Tool {
  readonly name: string;
  /** Any of these will do. */
  readonly programs: readonly string[];
  readonly debianPackage: string;
}

const COMPILER: readonly Tool[] = [
  { name: 'C++ compiler', programs: ['g++', 'c++', 'clang++'], debianPackage: 'build-essential' },
  { name: 'make', programs: ['make'], debianPackage: 'build-essential' },
];
const PIP: Tool = {
  name: 'Python 3 with pip',
  programs: ['python3'],
  debianPackage: 'python3-pip',
};

/** Throws an InputError that names all that is missing to link native TensorFlow, and how to install it. */
export async function requireToolchain(): Promise<void> {
  const missing = COMPILER.filter(({ programs }) => programs.every((name) => !findProgram(name)));
  if (!(await hasPip())) missing.push(PIP);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))];
  throw new InputError({
    code: 'ToolchainMissing',
    field: 'toolchain',
    value: `no ${missing.map(({ name }) => name).join(', no ')}`,
    expected: 'what native TensorFlow is built and linked with',
    remedy: `On Debian or Ubuntu: apt-get install ${packages.join(' ')}; then \`npm run setup\`. ${WASM_WAY_OUT}`,
  });
}

async function hasPip(): Promise<boolean> {
  try {
    await runCommand('python3', ['-m', 'pip', '--version'], { timeoutMs: 60_000 });
    return true;
  } catch {
    return false;
  }
}
