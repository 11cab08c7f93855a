import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import { InputError } from '../errors.ts';
import { setPath } from '../schemas/set-path.ts';

/** Reads a job from a YAML or JSON file, as it is written there. */
export async function readJobFile(path: string): Promise<Record<string, unknown>> {
  const job: unknown = parseText(path, await readText(path));
  if (typeof job === 'object' && job !== null && !Array.isArray(job)) {
    return job as Record<string, unknown>;
  }
  throw new InputError({
    code: 'InvalidJobFile',
    field: 'job file',
    value: path,
    expected: 'a mapping with at least data and target',
    remedy: 'Write for example "data: customers.csv" and "target: churned", a line each.',
  });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(
      {
        code: 'JobFileUnreadable',
        field: 'job file',
        value: path,
        expected: `a readable YAML or JSON file (${code ?? 'unreadable'})`,
        remedy: 'Check the path and its permissions.',
      },
      { cause: error },
    );
  }
}

/** JSON is YAML, too. */
function parseText(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const line = error.linePos?.[0].line;
    throw new InputError(
      {
        code: 'InvalidJobFile',
        field: 'job file',
        value: line === undefined ? path : `${path}:${line}`,
        expected: 'well-formed YAML or JSON',
        remedy: error.message.split('\n')[0] ?? error.message,
      },
      { cause: error },
    );
  }
}

/** Sets `split.test=0.3` in a job. */
export function setByPath(job: Record<string, unknown>, assignment: string): void {
  const [path, value] = readAssignment(assignment);
  setPath(job, path, value);
}

/** Path and value of `split.test=0.3`; values are read as YAML, so numbers and lists need no quoting. */
export function readAssignment(assignment: string): [path: string, value: unknown] {
  const [, path, text] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
  if (path === undefined || text === undefined) {
    throw new InputError({
      code: 'UsageError',
      field: '--set',
      value: assignment,
      expected: 'key=value',
      remedy: "Write for example '--set optimise.rounds=3'.",
    });
  }
  return [path, readValue(text)];
}

/** A value as YAML; what is no YAML, such as the class `>50K`, is meant as it is written. */
function readValue(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof YAMLParseError) return text;
    throw error;
  }
}
