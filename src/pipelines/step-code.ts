import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { canonicalHash } from '../canonical-json.ts';
import type { Step } from '../schemas/pipeline.ts';
import { fileSha256 } from '../stores/file-sha256.ts';
import { loadStep, moduleHash, splitUses } from './load-module.ts';

/** Hash of what does a step: a module's text and the step's version, or a program's files and arguments. */
export async function codeHash({ uses, exec }: Step): Promise<string> {
  if (exec === undefined) {
    const { module } = splitUses(uses);
    const { version } = await loadStep(uses);
    return canonicalHash([await moduleHash(module), version]);
  }
  const { command, env, secrets, folder = process.cwd() } = exec;
  const files = exec.code ?? (await filesAmong(command, folder));
  const contents = await Promise.all(files.map((path) => readFile(resolve(folder, path))));
  return canonicalHash([
    command,
    env,
    Object.keys(secrets).sort(),
    contents.map((bytes) => bytes.toString('base64')),
  ]);
}

/** Arguments that name files of the folder; the program itself is taken for its name. */
async function filesAmong([, ...args]: readonly string[], folder: string): Promise<string[]> {
  const isFile = async (path: string) => {
    const found = await stat(resolve(folder, path)).catch(() => null);
    return found?.isFile() === true;
  };
  const found = await Promise.all(args.map(async (path) => ((await isFile(path)) ? [path] : [])));
  return found.flat();
}

/** Inputs as they count for the step's key: files by their content. */
export async function countedInputs(
  step: Step,
  inputs: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const types = step.input ?? {};
  const entries = Object.entries(inputs).map(async ([name, value]) => {
    const isFile = (types[name] ?? types[`${name}?`]) === 'file' && typeof value === 'string';
    return [name, isFile ? { file: await fileSha256(value) } : value] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The kind of step wherever its module lies. */
export const kindOf = ({ uses, exec }: Step): string =>
  exec === undefined && uses.includes('#') ? `module#${splitUses(uses).name}` : uses;
