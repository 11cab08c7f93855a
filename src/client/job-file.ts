import { parse, YAMLParseError } from 'yaml';
import { InputError } from '../errors.ts';
import { setPath } from '../schemas/set-path.ts';
import { type FileKind, readYamlFile } from '../yaml-file.ts';

const JOB_FILE: FileKind = {
  field: 'job file',
  unreadable: 'JobFileUnreadable',
  malformed: 'InvalidJobFile',
  languages: 'YAML or JSON',
};

/** Reads a job from a YAML or JSON file, as it is written there. */
export async function readJobFile(path: string): Promise<Record<string, unknown>> {
  const job = await readYamlFile(path, JOB_FILE);
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
