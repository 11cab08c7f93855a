import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import type { ArtifactRef } from '../schemas/artifact.ts';
import { Approval, Exec, Http, type Step } from '../schemas/pipeline.ts';
import type { ValueType } from '../schemas/value-type.ts';
import { BUILT_IN_STEPS, type LifecycleStepName } from './built-in-steps.ts';
import type { LifecycleInputs, LifecycleOutputs } from './lifecycle-values.ts';
import { fieldTypes } from './zod-types.ts';

/** What a TypeScript step works with, besides its input. */
export interface StepContext {
  /** Aborted when the run is cancelled or paused, or the worker stops: keep a checkpoint, and throw. */
  readonly signal: AbortSignal;
  /** A folder of its own, gone when the step ends. */
  readonly folder: string;
  /** Says what it is doing; `share` is what is done of the whole, from 0 to 1. */
  progress(message: string, share?: number): void;
  /** Keeps a file in the artifact store. */
  put(path: string, mediaType?: string): Promise<ArtifactRef>;
  /** Where the bytes of an artifact lie on this machine. */
  path(artifact: ArtifactRef): Promise<string>;
  /** Keeps a state; an attempt that is fenced off can't. */
  save(state: Uint8Array): Promise<void>;
  /** The state that an earlier attempt has kept last; null where there is none. */
  load(): Promise<Uint8Array | null>;
}

/** A kind of step: what it is called, and what goes in and out. `I` and `O` exist for the compiler alone. */
export interface StepKind<I = unknown, O = unknown> {
  readonly parts: Pick<Step, 'uses'> &
    Partial<Pick<Step, 'exec' | 'http' | 'approval' | 'pipeline'>>;
  /** Null where the kind is known beforehand. */
  readonly types: { input: Record<string, ValueType>; output: Record<string, ValueType> } | null;
  readonly io?: { readonly input: (input: I) => void; readonly output: O };
}

/** A step in TypeScript, as its module exports it. */
export interface StepDefinition<
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodObject = z.ZodObject,
> extends StepKind<z.input<I>, z.output<O>> {
  readonly name: string;
  readonly version: number;
  readonly input: I;
  readonly output: O;
  run(input: z.output<I>, context: StepContext): Promise<z.input<O>> | z.input<O>;
}

/**
 * A step in TypeScript. Workers load it from its module; it runs in a compute process, and may run
 * several times before it is done once: what it does outside of its outputs must bear repetition.
 */
export function defineStep<I extends z.ZodObject, O extends z.ZodObject>(definition: {
  /** `import.meta.url` of the module that exports it. */
  readonly module: string;
  readonly name: string;
  /** Grows when the step does something else with the same input, and its own module is the same. */
  readonly version?: number;
  readonly input: I;
  readonly output: O;
  run(input: z.output<I>, context: StepContext): Promise<z.input<O>> | z.input<O>;
}): StepDefinition<I, O> {
  const { module, name, version = 1, input, output, run } = definition;
  const types = { input: fieldTypes(input, 'input'), output: fieldTypes(output, 'output') };
  const parts = { uses: `${fileURLToPath(module)}#${name}` };
  return { parts, types, name, version, input, output, run };
}

/** Whether something that a module exports is a step. */
export const isStepDefinition = (value: unknown): value is StepDefinition =>
  typeof value === 'object' &&
  value !== null &&
  'run' in value &&
  'parts' in value &&
  typeof value.run === 'function';

/** A program under the contract of docs/exec-steps.md. */
export function execStep<I extends z.ZodObject, O extends z.ZodObject>(definition: {
  readonly exec: z.input<typeof Exec>;
  readonly input: I;
  readonly output: O;
}): StepKind<z.input<I>, z.output<O>> {
  const { exec, input, output } = definition;
  return {
    parts: { uses: 'exec', exec: Exec.parse(exec) },
    types: { input: fieldTypes(input, 'input'), output: fieldTypes(output, 'output') },
  };
}

/** A request to another system, under the contract of docs/http-steps.md. */
export function httpStep<I extends z.ZodObject, O extends z.ZodObject>(definition: {
  readonly http: z.input<typeof Http>;
  readonly input: I;
  readonly output: O;
}): StepKind<z.input<I>, z.output<O>> {
  const { http, input, output } = definition;
  return {
    parts: { uses: 'http', http: Http.parse(http) },
    types: { input: fieldTypes(input, 'input'), output: fieldTypes(output, 'output') },
  };
}

/** A question that someone has to answer before the run goes on. */
export const approvalStep = (
  approval: z.input<typeof Approval> = {},
): StepKind<
  { question: string; details?: unknown },
  { approved: boolean; by: string; why: string }
> => ({ parts: { uses: 'approval', approval: Approval.parse(approval) }, types: null });

/** One of the seven steps. */
export const lifecycleStep = <Name extends LifecycleStepName>(
  name: Name,
): StepKind<LifecycleInputs[Name], LifecycleOutputs[Name]> => builtIn(name);

/** All seven steps, as a run of their own. */
export const lifecycleRun = (): StepKind<
  LifecycleInputs['preprocess'],
  { result: Record<string, unknown> }
> => builtIn('lifecycle');

function builtIn<I, O>(uses: string): StepKind<I, O> {
  if (!Object.hasOwn(BUILT_IN_STEPS, uses)) throw new TypeError(`no built-in step '${uses}'`);
  return { parts: { uses }, types: null };
}
