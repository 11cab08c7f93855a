import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { InputError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import { isStepDefinition, type StepDefinition } from './define-step.ts';

/** Module and name of a step such as `/srv/steps.ts#clean`. */
export function splitUses(uses: string): { readonly module: string; readonly name: string } {
  const at = uses.lastIndexOf('#');
  return { module: uses.slice(0, at), name: uses.slice(at + 1) };
}

/** SHA-256 of a module's own text: a change of it is a change of its steps. */
export async function moduleHash(module: string): Promise<string> {
  return createHash('sha256')
    .update(await readModule(module))
    .digest('hex');
}

type Module = Readonly<Record<string, unknown>>;

/** By address and version: asking the loader again takes longer than a small step. */
const loaded = new Map<string, Module>();

/** Loads a module as it is now: a worker lives longer than a version of it. */
export async function loadModule(module: string): Promise<Module> {
  const version = (await moduleHash(module)).slice(0, 16);
  const address = `${pathToFileURL(module).href}?version=${version}`;
  const known = loaded.get(address);
  if (known !== undefined) return known;
  try {
    const found = (await import(address)) as Module;
    loaded.set(address, found);
    return found;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      {
        code: 'ModuleUnloadable',
        field: 'module',
        value: module,
        expected: 'a module that loads',
        remedy: error instanceof Error ? error.message : String(error),
      },
      { cause: error },
    );
  }
}

/** The step of that name that a module exports. */
export async function loadStep(uses: string): Promise<StepDefinition> {
  const { module, name } = splitUses(uses);
  const steps = Object.values(await loadModule(module)).filter(isStepDefinition);
  const found = steps.find((step) => step.name === name);
  if (found !== undefined) return found;
  const names = steps.map((step) => step.name);
  const nearest = nearestName(name, names);
  throw new InputError({
    code: 'UnknownStepKind',
    field: 'uses',
    value: uses,
    expected: names.length === 0 ? 'a module that exports steps' : `one of ${names.join(', ')}`,
    remedy: nearest === undefined ? 'Export it from the module.' : `Did you mean '${nearest}'?`,
  });
}

async function readModule(module: string): Promise<Uint8Array> {
  try {
    return await readFile(module);
  } catch (error) {
    throw new InputError(
      {
        code: 'ModuleMissing',
        field: 'module',
        value: module,
        expected: 'a readable module',
        remedy: 'Check the path; workers need the module at the same place.',
      },
      { cause: error },
    );
  }
}
