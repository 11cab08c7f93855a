import type { ValueType } from '../schemas/value-type.ts';

/** `string[]` is a list of strings. */
function itemOf(type: ValueType): ValueType | undefined {
  if (typeof type === 'object') return 'list' in type ? type.list : undefined;
  if (type.endsWith('[]')) return type.slice(0, -2);
  return type === 'list' ? 'any' : undefined;
}

/** One way to write each type, so that equal graphs have equal hashes. */
export function canonicalType(type: ValueType): ValueType {
  if (typeof type === 'string') return type === 'list' ? 'any[]' : type;
  if ('list' in type) {
    const item = canonicalType(type.list);
    return typeof item === 'string' ? `${item}[]` : { list: item };
  }
  if ('anyOf' in type) return { anyOf: type.anyOf.map(canonicalType) };
  if ('oneOf' in type) return type;
  return { object: mapValues(type.object, canonicalType) };
}

export const describeType = (type: ValueType): string => {
  if (typeof type === 'string') return type;
  if ('list' in type) return `list of ${describeType(type.list)}`;
  if ('oneOf' in type) return type.oneOf.map((value) => JSON.stringify(value)).join(' | ');
  if ('anyOf' in type) return type.anyOf.map(describeType).join(' | ');
  const fields = Object.entries(type.object).map(([key, each]) => `${key}: ${describeType(each)}`);
  return `{ ${fields.join(', ')} }`;
};

/** The type of the items of a list; undefined where it is none. */
export const itemType = (type: ValueType): ValueType | undefined =>
  type === 'any' ? 'any' : itemOf(type);

/** The type at a path below another; undefined where there is nothing. */
export function typeAt(type: ValueType, path: readonly string[]): ValueType | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return type;
  if (type === 'any' || type === 'object' || (typeof type === 'string' && isNominal(type))) {
    return 'any';
  }
  const item = itemOf(type);
  if (item !== undefined) return /^\d+$/.test(first) ? typeAt(item, rest) : undefined;
  if (typeof type === 'object' && 'object' in type) {
    const next = type.object[first] ?? type.object[`${first}?`];
    return next === undefined ? undefined : typeAt(next, rest);
  }
  if (typeof type === 'object' && 'anyOf' in type) {
    const found = type.anyOf.flatMap((each) => typeAt(each, path) ?? []);
    return found.length === 0 ? undefined : { anyOf: found };
  }
  return undefined;
}

const isNominal = (type: string): boolean => /^[A-Z]/.test(type) && !type.endsWith('[]');

/** Whether every value of one type may stand where another is asked for. */
export function fits(given: ValueType, wanted: ValueType): boolean {
  if (given === 'any' || wanted === 'any') return true;
  if (typeof given === 'object' && 'anyOf' in given) {
    return given.anyOf.every((each) => fits(each, wanted));
  }
  if (typeof wanted === 'object' && 'anyOf' in wanted) {
    return wanted.anyOf.some((each) => fits(given, each));
  }
  if (typeof given === 'object' && 'oneOf' in given) {
    return given.oneOf.every((value) => valueFits(value, wanted));
  }
  if (typeof wanted === 'object' && 'oneOf' in wanted) return false;
  const items = [itemOf(given), itemOf(wanted)] as const;
  if (items[0] !== undefined || items[1] !== undefined) {
    return items[0] !== undefined && items[1] !== undefined && fits(items[0], items[1]);
  }
  if (typeof wanted === 'string') return nameFits(given, wanted);
  if (typeof given === 'string') return given === 'object';
  return 'object' in given && 'object' in wanted && objectFits(given.object, wanted.object);
}

type Fields = Readonly<Record<string, ValueType>>;

const objectFits = (given: Fields, wanted: Fields): boolean =>
  Object.entries(wanted).every(([key, type]) => {
    const name = key.replace(/\?$/, '');
    const found = given[name];
    if (found !== undefined) return fits(found, type);
    const optional = given[`${name}?`];
    return key.endsWith('?') && (optional === undefined || fits(optional, type));
  });

function nameFits(given: ValueType, wanted: string): boolean {
  if (typeof given === 'object') return wanted === 'object' && 'object' in given;
  if (given === wanted) return true;
  const wider: Record<string, readonly string[]> = {
    integer: ['number'],
    file: ['string'],
    string: ['file'],
    artifact: ['object'],
    // A job is checked by its own schema when it is known.
    object: ['Job'],
  };
  return (wider[given] ?? []).includes(wanted) || (isNominal(given) && wanted === 'object');
}

/** Whether a value is of a type; references in it stand for themselves elsewhere. */
export function valueFits(value: unknown, type: ValueType): boolean {
  if (type === 'any') return true;
  const item = itemOf(type);
  if (item !== undefined) {
    return Array.isArray(value) && value.every((each) => valueFits(each, item));
  }
  if (typeof type === 'object') {
    if ('oneOf' in type) return type.oneOf.some((each) => each === value);
    if ('anyOf' in type) return type.anyOf.some((each) => valueFits(value, each));
    if (!('object' in type) || !isObject(value)) return false;
    return Object.entries(type.object).every(([key, each]) => {
      const found = value[key.replace(/\?$/, '')];
      return found === undefined ? key.endsWith('?') : valueFits(found, each);
    });
  }
  switch (type) {
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    case 'string':
    case 'file':
      return typeof value === 'string';
    case 'number':
    case 'boolean':
      return typeof value === type;
    case 'artifact':
      return isObject(value) && 'sha256' in value && 'uri' in value;
    default:
      return isObject(value);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function mapValues(
  record: Readonly<Record<string, ValueType>>,
  map: (type: ValueType) => ValueType,
) {
  return Object.fromEntries(Object.entries(record).map(([key, type]) => [key, map(type)]));
}
