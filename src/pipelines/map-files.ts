import type { ValueType } from '../schemas/value-type.ts';
import { itemType, valueFits } from './type-fit.ts';

/** A value with each path in it, as its type tells them, given to `change`: those of files, and of a job's data. */
export function mapFiles(
  value: unknown,
  type: ValueType,
  change: (path: string) => string,
): unknown {
  if (typeof value === 'string') return isFile(type) ? change(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (typeof type === 'object' && 'anyOf' in type) {
    const meant = type.anyOf.find((each) => valueFits(value, each));
    return meant === undefined ? value : mapFiles(value, meant, change);
  }
  if (Array.isArray(value)) {
    const item = itemType(type);
    return item === undefined ? value : value.map((each) => mapFiles(each, item, change));
  }
  const types = type === 'Job' ? JOB : typeof type === 'object' && 'object' in type && type.object;
  if (types === false) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      const at = types[name] ?? types[`${name}?`];
      return [name, at === undefined ? each : mapFiles(each, at, change)];
    }),
  );
}

const JOB: Readonly<Record<string, ValueType>> = {
  data: 'file',
  split: { object: { 'test?': 'file' } },
};

const isFile = (type: ValueType): boolean =>
  type === 'file' || (typeof type === 'object' && 'anyOf' in type && type.anyOf.some(isFile));
