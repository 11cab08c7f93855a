import type { Pipeline, Step } from '../schemas/pipeline.ts';
import type { ValueType } from '../schemas/value-type.ts';
import { BUILT_IN_STEPS, type StepInterface } from './built-in-steps.ts';
import { placesOf, referencesIn } from './references.ts';
import { itemType, typeAt } from './type-fit.ts';

/** What a place is, or why it is nothing. */
export type Typed = { readonly type: ValueType } | { readonly fault: string };

/** Where a reference stands: it decides what may be referred to. */
export interface Place {
  readonly pipeline: Pipeline;
  readonly step?: Step;
  /** References of a condition that ends a loop see the step's own outputs. */
  readonly sees?: 'self';
  readonly isFinally?: boolean;
  /** Set where the step's list is already known to be one. */
  readonly inTask?: boolean;
}

/** What a step takes and gives; `open` steps take whatever they are given. */
export function interfaceOf(step: Step): StepInterface & { readonly open: boolean } {
  const builtIn = BUILT_IN_STEPS[step.uses];
  if (builtIn !== undefined) return { ...builtIn, open: false };
  if (step.pipeline !== undefined) {
    const { inputs, outputs } = step.pipeline;
    return {
      open: false,
      input: Object.fromEntries(
        Object.entries(inputs).map(([name, input]) => [
          'default' in input ? `${name}?` : name,
          input.type,
        ]),
      ),
      output: Object.fromEntries(
        Object.entries(outputs).map(([name, value]) => [name, typeOfValue(value, step.pipeline)]),
      ),
    };
  }
  return { input: step.input ?? {}, output: step.output ?? {}, open: step.input === undefined };
}

function typeOfValue(value: unknown, pipeline: Pipeline | undefined): ValueType {
  const [first] = [...referencesIn(value)];
  if (pipeline === undefined || first === undefined || first.path !== '') return 'any';
  const types = placesOf(first.reference).flatMap((place) => {
    const typed = typeOfPlace(place, { pipeline });
    return 'type' in typed ? [typed.type] : [];
  });
  return types.length === 1 ? (types[0] as ValueType) : 'any';
}

/** What other steps see of a step: lists where it fans out, and nulls in them where items may fail. */
export function outputTypes(step: Step): Readonly<Record<string, ValueType>> {
  const { output } = interfaceOf(step);
  if (step.each === undefined) return output;
  const item = (type: ValueType): ValueType =>
    step.onFailure === 'continue' ? { anyOf: [type, 'null'] } : type;
  return Object.fromEntries(
    Object.entries(output).map(([name, type]) => [name, { list: item(type) }]),
  );
}

/** The type of what a reference's place points to. */
export function typeOfPlace(place: string, where: Place): Typed {
  const [root, ...path] = place.split('.');
  const { pipeline, step } = where;
  const [name, ...rest] = path;
  switch (root) {
    case 'inputs': {
      const input = Object.hasOwn(pipeline.inputs, name ?? '') ? pipeline.inputs[name ?? ''] : null;
      if (!input) return missing('input', name, Object.keys(pipeline.inputs));
      return below(input.type, rest, place);
    }
    case 'steps':
      return typeOfOutput(place, path, where);
    case 'item':
      if (step?.each === undefined || !where.inTask) return outside(place, 'a step with each');
      return below(itemTypeOf(step, where) ?? 'any', path, place);
    case 'itemId':
      return step?.each !== undefined && where.inTask
        ? { type: 'string' }
        : outside(place, 'a step with each');
    case 'iteration':
      return step?.repeat === undefined
        ? outside(place, 'a step with repeat')
        : { type: 'integer' };
    case 'previous':
    case 'self': {
      const isSeen = root === 'self' ? where.sees === 'self' : where.sees === undefined;
      if (step?.repeat === undefined || !isSeen) return outside(place, 'the loop of a step');
      const { output } = interfaceOf(step);
      const type = Object.hasOwn(output, name ?? '') ? output[name ?? ''] : undefined;
      if (type === undefined) return missing('output', name, Object.keys(output));
      return below(type, rest, place);
    }
    case 'run':
      if (where.isFinally !== true) return outside(place, 'finally');
      return name === 'status' || name === 'failure'
        ? { type: name === 'status' ? 'string' : 'any' }
        : missing('place', place, ['run.status', 'run.failure']);
    default:
      return missing('place', place, ['inputs.…', 'steps.…', 'item', 'previous.…', 'self.…']);
  }
}

function typeOfOutput(place: string, [id, output, ...path]: string[], where: Place): Typed {
  const { pipeline, step, isFinally } = where;
  const steps = isFinally === true ? [...pipeline.steps, ...pipeline.finally] : pipeline.steps;
  const source = steps.find((each) => each.id === id);
  const others = steps.filter((each) => each !== step).map((each) => each.id);
  if (source === undefined) return missing('step', id, others);
  if (source === step) return { fault: `${place} is the step's own output` };
  const types = outputTypes(source);
  const type = Object.hasOwn(types, output ?? '') ? types[output ?? ''] : undefined;
  if (type === undefined) {
    return output === undefined
      ? { fault: `'${place}' names a step and none of its outputs` }
      : missing(`output of '${id}'`, output, Object.keys(types));
  }
  return below(type, path, place);
}

/** The type of the items of a step's list; undefined where it can't be known, or is none. */
export function itemTypeOf(step: Step, where: Place): ValueType | undefined {
  const list = step.each?.in;
  const [first] = [...referencesIn(list)];
  if (first === undefined || first.path !== '') return Array.isArray(list) ? 'any' : undefined;
  const [place] = placesOf(first.reference);
  const typed = typeOfPlace(place ?? '', { ...where, inTask: false });
  return 'type' in typed ? itemType(typed.type) : 'any';
}

function below(type: ValueType, path: readonly string[], place: string): Typed {
  const found = typeAt(type, path);
  return found === undefined
    ? { fault: `there is nothing at '${place}' by its type` }
    : { type: found };
}

const outside = (place: string, where: string): Typed => ({
  fault: `'${place}' has a meaning only in ${where}`,
});

const missing = (kind: string, name: string | undefined, known: readonly string[]): Typed => ({
  fault: `there is no ${kind} '${name ?? ''}' (there is ${known.length === 0 ? 'none' : known.join(', ')})`,
});
