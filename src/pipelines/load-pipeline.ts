import { dirname, isAbsolute, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import type { Pipeline } from '../schemas/pipeline.ts';
import { type FileKind, readYamlFile } from '../yaml-file.ts';
import { isModuleStep } from './check-pipeline.ts';
import { loadModule, loadStep } from './load-module.ts';
import { parsePipeline } from './parse-pipeline.ts';

type Raw = Record<string, unknown>;

const PIPELINE_FILE: FileKind = {
  field: 'pipeline',
  unreadable: 'PipelineFileUnreadable',
  malformed: 'InvalidPipeline',
  languages: 'YAML, JSON or TypeScript',
  merge: true,
};

/** Reads a pipeline from YAML, JSON, or a TypeScript module whose default export it is. */
export async function loadPipeline(path: string): Promise<Pipeline> {
  return parsePipeline(await readGraph(resolve(path), []));
}

/** A graph as a client gave it, with what its modules say of their steps. */
export const completePipeline = async (input: unknown, folder: string): Promise<Pipeline> =>
  parsePipeline(await complete(input, folder, []));

async function readGraph(path: string, above: readonly string[]): Promise<unknown> {
  if (above.includes(path)) throw containsItself(path, above);
  if (/\.[cm]?[jt]s$/.test(path)) {
    const { default: defined } = await loadModule(path);
    const { pipeline } = (defined ?? {}) as { pipeline?: unknown };
    if (pipeline === undefined) throw noDefault(path);
    return complete(pipeline, dirname(path), [...above, path]);
  }
  return complete(await readYamlFile(path, PIPELINE_FILE), dirname(path), [...above, path]);
}

async function complete(
  input: unknown,
  folder: string,
  above: readonly string[],
): Promise<unknown> {
  if (typeof input !== 'object' || input === null) return input;
  const graph = input as Raw;
  const each = async (steps: unknown) =>
    Array.isArray(steps)
      ? Promise.all(steps.map((step: unknown) => completeStep(step, folder, above)))
      : steps;
  const [steps, last] = await Promise.all([each(graph['steps']), each(graph['finally'])]);
  return {
    ...graph,
    ...(steps !== undefined && { steps }),
    ...(last !== undefined && { finally: last }),
  };
}

async function completeStep(
  input: unknown,
  folder: string,
  above: readonly string[],
): Promise<unknown> {
  if (typeof input !== 'object' || input === null) return input;
  const step = input as Raw;
  const { uses, exec, pipeline } = step;
  if (typeof uses === 'string' && isModuleStep(uses)) {
    const at = uses.lastIndexOf('#');
    const absolute = `${resolve(folder, uses.slice(0, at))}${uses.slice(at)}`;
    try {
      return { ...step, ...(await loadStep(absolute)).types, uses: absolute };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError({ ...error.problem, field: `steps.${String(step['id'])}.uses` });
    }
  }
  if (typeof exec === 'object' && exec !== null) {
    const own = (exec as Raw)['folder'];
    const at = typeof own === 'string' ? resolve(folder, own) : folder;
    return { ...step, exec: { ...exec, folder: at } };
  }
  if (typeof pipeline === 'string') {
    const path = isAbsolute(pipeline) ? pipeline : resolve(folder, pipeline);
    return { ...step, pipeline: await readGraph(path, above) };
  }
  return pipeline === undefined
    ? step
    : { ...step, pipeline: await complete(pipeline, folder, above) };
}

const noDefault = (path: string): InputError =>
  new InputError({
    code: 'InvalidPipeline',
    field: 'pipeline',
    value: path,
    expected: 'a module whose default export is a pipeline',
    remedy: "Write 'export default definePipeline({ … })'.",
  });

const containsItself = (path: string, above: readonly string[]): InputError =>
  new InputError({
    code: 'Cycle',
    field: 'pipeline',
    value: [...above, path].join(' → '),
    expected: 'pipelines that do not contain themselves',
    remedy: 'Repeat a step with a bound (repeat) instead.',
  });
