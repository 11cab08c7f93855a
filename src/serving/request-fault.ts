import type { InputProblem } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import { MOST_INSTANCES } from '../schemas/prediction.ts';

type Fault = Omit<InputProblem, 'code'>;

const EXAMPLE = 'Send {"instances": [{"column": value, …}]}.';

/** The first thing that is not right with a body that is no prediction request, and where it stands. */
export function findRequestFault(body: unknown): InputProblem {
  return { code: 'InvalidRequest', ...(faultOfBody(body) ?? faultOfInstances(body)) };
}

function faultOfBody(body: unknown): Fault | undefined {
  if (!isObject(body)) {
    return { field: 'body', value: body, expected: "an object with 'instances'", remedy: EXAMPLE };
  }
  const stray = Object.keys(body).find((key) => key !== 'instances');
  if (stray === undefined) return undefined;
  const nearest = 'instances' in body ? undefined : nearestName(stray, ['instances']);
  return {
    field: stray,
    value: stray,
    expected: "'instances' and nothing else",
    remedy: nearest === undefined ? `Remove '${stray}'.` : `Did you mean '${nearest}'?`,
  };
}

function faultOfInstances(body: unknown): Fault {
  const { instances } = body as { instances?: unknown };
  if (!Array.isArray(instances)) {
    return faultOfRecord('instances', instances) ?? wrongNumber(instances);
  }
  for (const [index, record] of instances.slice(0, MOST_INSTANCES).entries()) {
    const fault = faultOfRecord(`instances[${index}]`, record);
    if (fault !== undefined) return fault;
  }
  return wrongNumber(`${instances.length} records`);
}

function faultOfRecord(field: string, record: unknown): Fault | undefined {
  if (!isObject(record)) {
    return { field, value: record, expected: 'an object of column and value', remedy: EXAMPLE };
  }
  for (const [column, value] of Object.entries(record)) {
    if (isCell(value)) continue;
    return {
      field: `${field}.${column}`,
      value: typeof value === 'number' ? String(value) : value,
      expected: 'a finite number, text, true, false or null',
      remedy: 'Mend the value, or send null where it is not known.',
    };
  }
  return undefined;
}

const wrongNumber = (value: unknown): Fault => ({
  field: 'instances',
  value,
  expected: `1 to ${MOST_INSTANCES} records`,
  remedy: 'Send them in several requests.',
});

const isCell = (value: unknown): boolean =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value));

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
