import { parseNumber } from './cell.ts';

export interface HeaderNames {
  /** Unique, none empty. */
  readonly columns: readonly string[];
  /** Names that stand there more than once, before they were told apart. */
  readonly repeated: readonly string[];
  readonly notes: readonly string[];
}

/** Names of columns by the cells of a header: each without a name, or with one that is taken, gets its own. */
export function nameColumns(cells: readonly string[]): HeaderNames {
  const given = cells.map((cell) => cell.trim());
  const taken = new Set(given);
  const seen = new Set<string>();
  const repeated = new Set<string>();
  const notes: string[] = [];
  const columns = given.map((name, index) => {
    if (name !== '' && !seen.has(name)) {
      seen.add(name);
      return name;
    }
    const stem = name === '' ? 'column' : `${name}_`;
    const own = firstFree(stem, name === '' ? index + 1 : 2, taken);
    taken.add(own);
    if (name !== '') repeated.add(name);
    notes.push(
      name === ''
        ? `column ${index + 1} has no name and is called '${own}'`
        : `the column name '${name}' stands there TWICE: column ${index + 1} is called '${own}'`,
    );
    return own;
  });
  if (given.length > 1 && given.every((name) => parseNumber(name) !== null)) {
    notes.push(
      `the header holds NUMBERS alone (${given.slice(0, 3).join(', ')}, …): if it is data, set format.header to false`,
    );
  }
  return { columns, repeated: [...repeated], notes };
}

function firstFree(stem: string, from: number, taken: ReadonlySet<string>): string {
  let number = from;
  while (taken.has(`${stem}${number}`)) number += 1;
  return `${stem}${number}`;
}
