import type { z } from 'zod';
import type {
  CacheMode,
  Condition,
  Pipeline,
  Priority,
  Reference,
  RunBudget,
} from '../schemas/pipeline.ts';
import type { StepKind } from './define-step.ts';
import { parsePipeline } from './parse-pipeline.ts';
import { valueTypeOf } from './zod-types.ts';

declare const TYPE: unique symbol;
/** A value that is there when the run goes on; `T` exists for the compiler alone. */
export interface Wire<T> extends Reference {
  readonly [TYPE]?: T;
}
/** A value, or one that holds wires at any depth. */
export type Wired<T> =
  | Wire<T>
  | (T extends readonly (infer Item)[]
      ? readonly Wired<Item>[]
      : T extends object
        ? { readonly [Key in keyof T]: Wired<T[Key]> }
        : T);
export type Wires<T> = { readonly [Key in keyof T]-?: Wire<Exclude<T[Key], undefined>> };

/** What is decided of a step besides its inputs: as in `pipeline.yaml`. */
export interface StepOptions {
  readonly summary?: string;
  readonly after?: readonly string[];
  readonly when?: Condition;
  readonly retry?: {
    readonly attempts?: number;
    readonly initialSeconds?: number;
    readonly factor?: number;
    readonly mostSeconds?: number;
  };
  readonly timeoutSeconds?: number;
  readonly resources?: {
    readonly gpu?: 'none' | 'preferred' | 'required';
    readonly gpuModel?: string;
    readonly gpus?: number;
    readonly memoryGiB?: number;
  };
  readonly priority?: Priority;
  readonly cache?: CacheMode;
  readonly onFailure?: 'fail' | 'skip' | 'continue';
  readonly trial?: boolean;
}

type Lists<O> = { readonly [Key in keyof O]: Wire<O[Key][]> };

/** Adds steps to a graph; each call gives wires to what the step will come to. */
export interface GraphBuilder<Inputs> {
  readonly inputs: Wires<Inputs>;
  step<I, O>(id: string, kind: StepKind<I, O>, input: Wired<I>, options?: StepOptions): Wires<O>;
  /** Once for each item of a list; the wires give lists in the order of the items. */
  each<Item, I, O>(
    id: string,
    kind: StepKind<I, O>,
    items: Wire<readonly Item[]> | readonly Item[],
    input: (item: Wire<Item>) => Wired<I>,
    options?: StepOptions & { readonly key?: string; readonly atOnce?: number },
  ): Lists<O>;
  /** Again and again, at most so often, until its outputs are good enough. */
  repeat<I, O>(
    id: string,
    kind: StepKind<I, O>,
    input: (loop: {
      /** An output of the iteration before, and what the first one takes instead. */
      previous<Key extends keyof O>(output: Key, first: O[Key]): Wire<O[Key]>;
      readonly iteration: Wire<number>;
    }) => Wired<I>,
    loop: { readonly atMost: number; until?(self: Wires<O>): Condition },
    options?: StepOptions,
  ): Wires<O>;
  /** At the end, however the run goes. */
  last<I, O>(id: string, kind: StepKind<I, O>, input: Wired<I>, options?: StepOptions): Wires<O>;
}

/** A graph whose inputs and outputs the compiler knows. */
export interface DefinedPipeline<Inputs, Outputs> {
  readonly pipeline: Pipeline;
  readonly io?: { readonly input: (input: Inputs) => void; readonly output: Outputs };
}

/**
 * A graph in TypeScript, in the same canonical form that `pipeline.yaml` comes to.
 * @throws InputError with the path of the first fault that the compiler can't see, such as a name clash.
 */
export function definePipeline<Shape extends z.ZodRawShape, Outputs>(definition: {
  readonly name: string;
  readonly description?: string;
  readonly inputs: Shape;
  readonly budget?: z.input<typeof RunBudget>;
  readonly priority?: Priority;
  readonly team?: string;
  readonly cache?: CacheMode;
  build(graph: GraphBuilder<z.output<z.ZodObject<Shape>>>): Outputs;
}): DefinedPipeline<z.input<z.ZodObject<Shape>>, ValuesOf<Outputs>> {
  const { inputs, build, ...head } = definition;
  const steps: unknown[] = [];
  const last: unknown[] = [];
  const add = (to: unknown[], kind: StepKind, step: Record<string, unknown>) => {
    to.push({ ...step, ...kind.parts, ...kind.types });
    return wires(`steps.${String(step['id'])}`);
  };
  const outputs = build({
    inputs: wires('inputs'),
    step: (id, kind, input, options) =>
      add(steps, kind as StepKind, { ...options, id, with: input }),
    each: (id, kind, items, input, { key, atOnce, ...options } = {}) =>
      add(steps, kind as StepKind, {
        ...options,
        id,
        each: { in: items, ...(key && { key }), ...(atOnce && { atOnce }) },
        with: input({ $from: 'item' }),
      }),
    repeat: (id, kind, input, { atMost, until }, options) =>
      add(steps, kind as StepKind, {
        ...options,
        id,
        repeat: { atMost, ...(until && { until: until(wires('self')) }) },
        with: input({
          previous: (output, first) => ({ $from: `previous.${String(output)}`, default: first }),
          iteration: { $from: 'iteration' },
        }),
      }),
    last: (id, kind, input, options) =>
      add(last, kind as StepKind, { ...options, id, with: input }),
  });
  const declared = Object.entries(inputs).map(([name, schema]) => {
    const type = valueTypeOf(schema as z.ZodType);
    const absent = (schema as z.ZodType).safeParse(undefined);
    return [name, { type, ...(absent.success && { default: absent.data ?? null }) }];
  });
  const pipeline = parsePipeline({
    ...head,
    inputs: Object.fromEntries(declared),
    steps,
    ...(last.length > 0 && { finally: last }),
    outputs,
  });
  return { pipeline };
}

type ValuesOf<Outputs> = {
  [Key in keyof Outputs]: Outputs[Key] extends Wire<infer T> ? T : Outputs[Key];
};

/** A graph as one step of another. */
export const pipelineStep = <Inputs, Outputs>({
  pipeline,
}: DefinedPipeline<Inputs, Outputs>): StepKind<Inputs, Outputs> => ({
  parts: { uses: 'pipeline', pipeline },
  types: null,
});

/** Whichever of these is there, in this order: where one of several branches was taken. */
export const firstOf = <T>(...wires: readonly Wire<T>[]): Wire<T> => ({
  $from: wires.flatMap(({ $from }) => $from),
});

/** A wire with a value that stands in where its source was skipped or has failed. */
export const orElse = <T>(wire: Wire<T>, value: T): Wire<T> => ({ ...wire, default: value });

/** A wire to something inside of a value. */
export const field = <T, Key extends keyof T & string>(
  { $from }: Wire<T>,
  key: Key,
): Wire<T[Key]> => ({
  $from: typeof $from === 'string' ? `${$from}.${key}` : $from.map((place) => `${place}.${key}`),
});

/** A wire for whatever name is asked for. */
const wires = (place: string): never =>
  new Proxy({}, { get: (_, name) => ({ $from: `${place}.${String(name)}` }) }) as never;
