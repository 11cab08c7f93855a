import type { InputProblem } from '../errors.ts';
import type { ValueType } from '../schemas/value-type.ts';
import { describeType, valueFits } from './type-fit.ts';

/** The first output that a step has declared and that is not there, or is of another type. */
export function findOutputProblem(
  declared: Readonly<Record<string, ValueType>> | undefined,
  outputs: Readonly<Record<string, unknown>>,
): InputProblem | undefined {
  for (const [key, type] of Object.entries(declared ?? {})) {
    const name = key.replace(/\?$/, '');
    const value = Object.hasOwn(outputs, name) ? outputs[name] : undefined;
    if (value === undefined ? key.endsWith('?') : valueFits(value, type)) continue;
    return {
      code: 'WrongOutput',
      field: `output.${name}`,
      value,
      expected: describeType(type),
      remedy: 'Have the step give what it declares, or change what it declares.',
    };
  }
  return undefined;
}
