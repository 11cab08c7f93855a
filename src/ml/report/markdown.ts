/** A Markdown table; cells are escaped. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => escapeCell(String(cell))).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

const escapeCell = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

/** Four significant digits, without the zeros at the end. */
export const figure = (value: number | null): string =>
  value === null ? '–' : String(Number(value.toPrecision(4)));

export const range = ({ low, high }: { low: number; high: number }): string =>
  `${figure(low)} to ${figure(high)}`;
