import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import { InputError } from './errors.ts';

/** What a file is, for those who are told that it can't be read. */
export interface FileKind {
  /** Field of the faults: `job file`. */
  readonly field: string;
  /** Code of the fault that there is no such file, or no right to read it. */
  readonly unreadable: string;
  /** Code of the fault that it is not well-formed. */
  readonly malformed: string;
  /** In which languages it may be: `YAML or JSON`. */
  readonly languages: string;
  /** Whether `<<` merges mappings. */
  readonly merge?: boolean;
}

/** What a YAML file holds; JSON is YAML, too. */
export async function readYamlFile(path: string, kind: FileKind): Promise<unknown> {
  const text = await readText(path, kind);
  try {
    return parse(text, { merge: kind.merge ?? false });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const line = error.linePos?.[0].line;
    throw new InputError(
      {
        code: kind.malformed,
        field: kind.field,
        value: line === undefined ? path : `${path}:${line}`,
        expected: 'well-formed YAML or JSON',
        remedy: error.message.split('\n')[0] ?? error.message,
      },
      { cause: error },
    );
  }
}

async function readText(path: string, { field, unreadable, languages }: FileKind): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(
      {
        code: unreadable,
        field,
        value: path,
        expected: `a readable ${languages} file (${code ?? 'unreadable'})`,
        remedy: 'Check the path and its permissions.',
      },
      { cause: error },
    );
  }
}
