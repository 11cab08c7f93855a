import type { z } from 'zod';
import { canonicalHash } from '../canonical-json.ts';
import { InputError, type InputProblem } from '../errors.ts';
import { firstProblem } from '../schemas/first-problem.ts';
import { parseJob } from '../schemas/parse-job.ts';
import { Pipeline, type Step } from '../schemas/pipeline.ts';
import type { ValueType } from '../schemas/value-type.ts';
import { isLifecycleStep } from './built-in-steps.ts';
import { findPipelineProblems } from './check-pipeline.ts';
import { referencesIn } from './references.ts';
import { canonicalType } from './type-fit.ts';

/** A graph in its one canonical form, with all defaults; an InputError names the first fault. */
export function parsePipeline(input: unknown): Pipeline {
  const pipeline = readPipeline(input);
  const [first] = [...findPipelineProblems(pipeline), ...findJobProblems(pipeline)];
  if (first !== undefined) throw new InputError(first);
  return pipeline;
}

/** Faults of jobs that are written out in the graph; those that refer to something are read later. */
function findJobProblems(pipeline: Pipeline, prefix = ''): InputProblem[] {
  return [...pipeline.steps, ...pipeline.finally].flatMap((step) => {
    const path = `${prefix}steps.${step.id}`;
    if (step.pipeline !== undefined) return findJobProblems(step.pipeline, `${path}.pipeline.`);
    const { job } = step.with;
    const takesJob = isLifecycleStep(step.uses) || step.uses === 'lifecycle';
    if (!takesJob || job === undefined || [...referencesIn(job)].length > 0) return [];
    try {
      parseJob(job);
      return [];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return [{ ...error.problem, field: `${path}.with.job.${error.problem.field}` }];
    }
  });
}

/** The canonical form, of which only the shape has been checked. */
export function readPipeline(input: unknown): Pipeline {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InputError({
      code: 'InvalidPipeline',
      field: 'pipeline',
      value: input,
      expected:
        'an object such as {"name": "churn", "steps": [{"id": "prepare", "uses": "exec", …}]}',
      remedy: 'Give at least a name and steps.',
    });
  }
  const parsed = Pipeline.safeParse(input);
  if (!parsed.success) throw new InputError(describeFault(parsed.error, input));
  return canonical(parsed.data);
}

/** SHA-256 of the canonical form: equal graphs have equal hashes, however they were written. */
export const pipelineHash = (pipeline: Pipeline): string => canonicalHash(canonical(pipeline));

const canonical = (pipeline: Pipeline): Pipeline => ({
  ...pipeline,
  inputs: Object.fromEntries(
    Object.entries(pipeline.inputs).map(([name, input]) => [
      name,
      { ...input, type: canonicalType(input.type) },
    ]),
  ),
  steps: pipeline.steps.map(canonicalStep),
  finally: pipeline.finally.map(canonicalStep),
});

const canonicalStep = (step: Step): Step => ({
  ...step,
  after: [...new Set(step.after)].sort(),
  ...(step.input && { input: canonicalTypes(step.input) }),
  ...(step.output && { output: canonicalTypes(step.output) }),
  ...(step.pipeline && { pipeline: canonical(step.pipeline) }),
});

const canonicalTypes = (types: Readonly<Record<string, ValueType>>) =>
  Object.fromEntries(Object.entries(types).map(([name, type]) => [name, canonicalType(type)]));

/** Zod's complaint, with steps by their ids rather than by their places. */
function describeFault(error: z.ZodError, input: object): InputProblem {
  const found = firstProblem(error, Pipeline, input);
  const field = named(found.field === 'job' ? 'pipeline' : found.field, input);
  const remedy = found.remedy.replace('to the job', 'to the pipeline');
  if (field.endsWith('.repeat.atMost') && found.value === undefined) {
    return {
      ...{ code: 'UnboundedLoop', field, value: undefined },
      expected: 'a bound on the iterations',
      remedy: "Add for example 'atMost: 10'; 'until' may end the loop earlier.",
    };
  }
  return {
    ...found,
    code: found.code === 'InvalidJob' ? 'InvalidPipeline' : found.code,
    field,
    remedy,
  };
}

/** `steps.0.with` as `steps.prepare.with`. */
function named(field: string, input: object): string {
  const parts = field.split('.');
  let value: unknown = input;
  return parts
    .map((part, i) => {
      value = (value as Record<string, unknown> | undefined)?.[part];
      const isStep = /^\d+$/.test(part) && ['steps', 'finally'].includes(parts[i - 1] ?? '');
      const id = (value as { id?: unknown } | undefined)?.id;
      return isStep && typeof id === 'string' ? id : part;
    })
    .join('.');
}
