import type { InputProblem } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import type { Pipeline, Step } from '../schemas/pipeline.ts';
import type { ValueType } from '../schemas/value-type.ts';
import { BUILT_IN_STEPS } from './built-in-steps.ts';
import { checkHttp, typeInCall } from './check-http.ts';
import { interfaceOf, itemTypeOf, type Place, typeOfPlace } from './check-scope.ts';
import { expressionsOf } from './condition.ts';
import { dependenciesOf } from './dependencies.ts';
import { isReference, placesOf, referencesIn } from './references.ts';
import { describeType, fits, valueFits } from './type-fit.ts';

/** Everything that is wrong with a graph, each with its path and remedy; none: it can be run. */
export function findPipelineProblems(pipeline: Pipeline, prefix = ''): InputProblem[] {
  const main = pipeline.steps.flatMap((step, i) => {
    const path = `${prefix}steps.${step.id}`;
    return checkStep(step, path, { pipeline, step }, pipeline.steps.slice(0, i));
  });
  const last = pipeline.finally.flatMap((step, i) => {
    const before = [...pipeline.steps, ...pipeline.finally.slice(0, i)];
    const path = `${prefix}finally.${step.id}`;
    return checkStep(step, path, { pipeline, step, isFinally: true }, before);
  });
  const outputs = Object.entries(pipeline.outputs).flatMap(([name, value]) =>
    checkReferences(value, `${prefix}outputs.${name}`, { pipeline }),
  );
  const inputs = Object.entries(pipeline.inputs).flatMap(([name, input]) =>
    'default' in input && !valueFits(input.default, input.type)
      ? [wrongType(`${prefix}inputs.${name}.default`, input.default, input.type)]
      : [],
  );
  const faults = [...inputs, ...main, ...last, ...outputs];
  // Wires that lead nowhere would be taken for parts of cycles.
  return faults.length > 0 ? faults : findCycles(pipeline, prefix);
}

function checkStep(
  step: Step,
  path: string,
  where: Place,
  before: readonly Step[],
): InputProblem[] {
  const { pipeline, isFinally } = where;
  const known = (
    isFinally === true ? [...pipeline.steps, ...pipeline.finally] : pipeline.steps
  ).map(({ id }) => id);
  const strangers = step.after.filter((id) => !known.includes(id) || id === step.id);
  return [
    ...(before.some(({ id }) => id === step.id) ? [nameClash(path, step.id)] : []),
    ...checkKind(step, path),
    ...checkHttp(step, path),
    ...strangers.map((id) => unknownStep(`${path}.after`, id, known)),
    ...checkList(step, path, where),
    ...checkLoop(step, path, where),
    ...expressionsOf(step.when).flatMap((value) => checkReferences(value, `${path}.when`, where)),
    ...checkInputs(step, path, { ...where, inTask: true }),
    ...(step.pipeline === undefined
      ? []
      : findPipelineProblems(step.pipeline, `${path}.pipeline.`)),
  ];
}

/** The step's kind, and what belongs to it. */
function checkKind(step: Step, path: string): InputProblem[] {
  const { uses } = step;
  const part = ({ exec: 'exec', http: 'http', pipeline: 'pipeline' } as const)[uses];
  if (part !== undefined && step[part] === undefined) {
    const remedy = `Say what it runs: '${part}: …'.`;
    return [
      problem('MissingField', `${path}.${part}`, undefined, `a '${part}' beside uses`, remedy),
    ];
  }
  const stray = (['exec', 'http', 'pipeline', 'approval'] as const).find(
    (name) => step[name] !== undefined && name !== uses,
  );
  if (stray !== undefined) {
    const remedy = `Set uses to '${stray}', or remove '${stray}'.`;
    return [problem('ConflictingOptions', `${path}.${stray}`, uses, `uses: ${stray}`, remedy)];
  }
  if (uses === 'approval' && (step.each !== undefined || step.repeat !== undefined)) {
    const remedy = 'Put it into a pipeline that is repeated.';
    return [
      problem('ConflictingOptions', path, uses, 'an approval that is asked for once', remedy),
    ];
  }
  if (part !== undefined || Object.hasOwn(BUILT_IN_STEPS, uses) || isModuleStep(uses)) return [];
  const kinds = [...Object.keys(BUILT_IN_STEPS), 'exec', 'http', 'pipeline'];
  const nearest = nearestName(uses, kinds);
  const remedy = nearest === undefined ? 'Choose one of these.' : `Did you mean '${nearest}'?`;
  const expected = `${kinds.join(', ')}, or a step of a module such as ./steps.ts#clean`;
  return [problem('UnknownStepKind', `${path}.uses`, uses, expected, remedy)];
}

/** `./steps.ts#clean`: a module, and the name of a step in it. */
export const isModuleStep = (uses: string): boolean => /^.+\.[cm]?[jt]s#[\w-]+$/.test(uses);

function checkList(step: Step, path: string, where: Place): InputProblem[] {
  if (step.each === undefined) return [];
  const field = `${path}.each.in`;
  const faults = checkReferences(step.each.in, field, where);
  if (faults.length > 0) return faults;
  const both = step.repeat !== undefined;
  if (both) {
    const remedy = 'Put the loop into a pipeline of its own, and fan that out.';
    return [
      problem('ConflictingOptions', `${path}.repeat`, 'each and repeat', 'one of them', remedy),
    ];
  }
  if (itemTypeOf(step, where) !== undefined) return [];
  const [first] = [...referencesIn(step.each.in)];
  const given = first?.path === '' ? placesOf(first.reference)[0] : step.each.in;
  const remedy = 'Refer to a list, such as an input of type string[].';
  return [problem('FanOutOverNonList', field, given, 'a list', remedy)];
}

function checkLoop(step: Step, path: string, where: Place): InputProblem[] {
  if (step.repeat === undefined) return [];
  return expressionsOf(step.repeat.until).flatMap((value) =>
    checkReferences(value, `${path}.repeat.until`, { ...where, sees: 'self' }),
  );
}

function checkInputs(step: Step, path: string, where: Place): InputProblem[] {
  const { input, open } = interfaceOf(step);
  const faults = Object.entries(step.with).flatMap(([name, value]) => {
    const field = `${path}.with.${name}`;
    const type = input[name] ?? input[`${name}?`];
    if (type === undefined && !open) return [unknownInput(field, name, Object.keys(input))];
    const faults = checkValue(value, type ?? 'any', field, where);
    return faults.length > 0 ? faults : checkValue(value, typeInCall(step, name), field, where);
  });
  const absent = Object.keys(input).filter(
    (name) => !name.endsWith('?') && !Object.hasOwn(step.with, name),
  );
  return [...faults, ...absent.map((name) => missingInput(`${path}.with.${name}`, step, name))];
}

/** Whether what stands at an input, with whatever it refers to, is of the type asked for. */
function checkValue(value: unknown, type: ValueType, path: string, where: Place): InputProblem[] {
  if (isReference(value)) {
    const faults = checkReferences(value, path, where);
    if (faults.length > 0) return faults;
    if ('default' in value && !valueFits(value.default, type)) {
      return [wrongType(`${path}.default`, value.default, type)];
    }
    return placesOf(value).flatMap((place) => {
      const typed = typeOfPlace(place, where);
      return 'type' in typed && !fits(typed.type, type)
        ? [wrongType(path, `${place}: ${describeType(typed.type)}`, type)]
        : [];
    });
  }
  const hasReferences = [...referencesIn(value)].length > 0;
  if (!hasReferences) return valueFits(value, type) ? [] : [wrongType(path, value, type)];
  return Object.entries(value as object).flatMap(([key, nested]) =>
    checkValue(nested, typeInside(type, key), `${path}.${key}`, where),
  );
}

function typeInside(type: ValueType, key: string): ValueType {
  if (typeof type === 'string') return type.endsWith('[]') ? type.slice(0, -2) : 'any';
  if ('list' in type) return type.list;
  return 'object' in type ? (type.object[key] ?? type.object[`${key}?`] ?? 'any') : 'any';
}

/** Whether references point to something that will be there. */
function checkReferences(value: unknown, path: string, where: Place): InputProblem[] {
  return [...referencesIn(value)].flatMap(({ reference, path: inner }) => {
    const field = inner === '' ? path : `${path}.${inner}`;
    const places = placesOf(reference);
    const faults = places.flatMap((place) => {
      const typed = typeOfPlace(place, where);
      return 'fault' in typed
        ? [problem('BrokenReference', field, place, 'a place that exists', sentence(typed.fault))]
        : [];
    });
    const mayMiss = where.step === undefined || where.isFinally === true;
    if (faults.length > 0 || 'default' in reference || mayMiss) return faults;
    const [place] = places;
    if (places.length > 1 || place === undefined) return [];
    if (place.startsWith('previous.')) {
      const remedy = `Add a default, which the first iteration takes: {"$from": "${place}", "default": …}.`;
      return [problem('MissingDefault', field, place, 'a reference with a default', remedy)];
    }
    const source = where.pipeline.steps.find(({ id }) => id === place.split('.')[1]);
    const mayFail =
      place.startsWith('steps.') && source?.onFailure === 'continue' && source.each === undefined;
    if (!mayFail) return [];
    const remedy = `'${source.id}' may fail and the run goes on: add a default, or set its onFailure to skip.`;
    return [problem('MissingDefault', field, place, 'a reference with a default', remedy)];
  });
}

function findCycles({ steps, finally: last }: Pipeline, prefix: string): InputProblem[] {
  const all = [...steps, ...last];
  const waits = new Map(all.map((step) => [step.id, new Set(dependenciesOf(step))]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const [id, before] of waits) {
      if ([...before].some((other) => waits.has(other))) continue;
      waits.delete(id);
      changed = true;
    }
  }
  const [first] = waits.keys();
  if (first === undefined) return [];
  const cycle = [first];
  for (let next = first; ; ) {
    next = [...(waits.get(next) ?? [])].find((id) => waits.has(id)) as string;
    if (cycle.includes(next)) {
      cycle.splice(0, cycle.indexOf(next));
      break;
    }
    cycle.push(next);
  }
  const shown = [...cycle, cycle[0]].join(' → ');
  const remedy = 'Take one of these wires away, or repeat one step with a bound (repeat).';
  return [problem('Cycle', `${prefix}steps.${cycle[0]}`, shown, 'steps in an order', remedy)];
}

const problem = (
  code: string,
  field: string,
  value: unknown,
  expected: string,
  remedy: string,
): InputProblem => ({ code, field, value, expected, remedy });

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const nameClash = (path: string, id: string): InputProblem =>
  problem('NameClash', `${path}.id`, id, 'an id of its own', 'Rename one of the two steps.');

function unknownStep(field: string, id: string, known: readonly string[]): InputProblem {
  const nearest = nearestName(id, known);
  const remedy = nearest === undefined ? 'Choose one of these.' : `Did you mean '${nearest}'?`;
  return problem('UnknownStep', field, id, `one of the steps ${known.join(', ')}`, remedy);
}

function unknownInput(field: string, name: string, known: readonly string[]): InputProblem {
  const names = known.map((each) => each.replace(/\?$/, ''));
  const nearest = nearestName(name, names);
  const remedy = nearest === undefined ? `Remove '${name}'.` : `Did you mean '${nearest}'?`;
  return problem('UnknownInput', field, name, `one of ${names.join(', ')}`, remedy);
}

const missingInput = (field: string, { uses }: Step, name: string): InputProblem =>
  problem('MissingInput', field, undefined, `an input '${name}'`, `'${uses}' needs it: add it.`);

const wrongType = (field: string, value: unknown, type: ValueType): InputProblem =>
  problem('WrongType', field, value, describeType(type), 'Wire or write a value of this type.');
