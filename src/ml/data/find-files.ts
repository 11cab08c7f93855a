import { stat } from 'node:fs/promises';
import { InputError } from '../../errors.ts';
import { withDuckDb } from './duckdb.ts';

export interface FoundFile {
  readonly path: string;
  readonly bytes: number;
}

/** The newest file that matches a pattern with `*`, `**` and `?`; a path without these is itself. */
export async function findNewestFile(
  pattern: string,
  newest: 'modified' | 'name',
): Promise<FoundFile> {
  const paths = WILDCARDS.test(pattern) ? await filesMatching(pattern) : [pattern];
  const found: (FoundFile & { modifiedAtMs: number })[] = [];
  for (const path of paths) {
    // What is removed meanwhile is not there.
    const file = await stat(path).catch(() => null);
    if (file?.isFile() === true) found.push({ path, bytes: file.size, modifiedAtMs: file.mtimeMs });
  }
  found.sort(
    (a, b) =>
      (newest === 'modified' ? a.modifiedAtMs - b.modifiedAtMs : 0) || (a.path < b.path ? -1 : 1),
  );
  const last = found.at(-1);
  if (last !== undefined) return { path: last.path, bytes: last.bytes };
  throw nothingFound(pattern, 'data.path');
}

/** Files that paths and patterns name, each once: those of a pattern by name. */
export async function findFiles(patterns: readonly string[], field: string): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    // A file may be called like a pattern.
    const isPattern = WILDCARDS.test(pattern) && (await stat(pattern).catch(() => null)) === null;
    const paths = isPattern ? (await filesMatching(pattern)).sort() : [pattern];
    if (paths.length === 0) throw nothingFound(pattern, field);
    for (const path of paths) found.add(path);
  }
  return [...found];
}

const WILDCARDS = /[*?[]/;

const nothingFound = (pattern: string, field: string): InputError =>
  new InputError({
    code: 'NoDataFound',
    field,
    value: pattern,
    expected: 'a pattern that matches a file at least',
    remedy: 'Check the pattern, and whether the files have been written.',
  });

const filesMatching = (pattern: string): Promise<string[]> =>
  withDuckDb(async (connection) => {
    const found = await connection.runAndReadAll('select file from glob($pattern)', { pattern });
    return found.getRows().map(([file]) => String(file));
  });
