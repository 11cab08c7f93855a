import { stripVTControlCharacters } from 'node:util';

/**
 * Where a command speaks. People read lines; with `--json` these go to the error stream, and the
 * output stream carries one JSON object as its last line.
 */
export class Output {
  readonly #json: boolean;
  #live = '';

  constructor(json: boolean) {
    this.#json = json;
  }

  line(text = ''): void {
    this.#clearLive();
    this.#stream.write(`${text}\n`);
    this.#drawLive();
  }

  /** A line that is replaced by the next one; shown on terminals alone. */
  live(text: string): void {
    if (!this.#stream.isTTY) return;
    this.#clearLive();
    this.#live = stripVTControlCharacters(text).slice(0, (this.#stream.columns ?? 80) - 1);
    this.#drawLive();
  }

  /** The command's result for programs; people have been told in lines. */
  result(value: unknown): void {
    this.live('');
    if (this.#json) process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  error(text: string): void {
    this.live('');
    process.stderr.write(`${text}\n`);
  }

  get #stream(): NodeJS.WriteStream {
    return this.#json ? process.stderr : process.stdout;
  }

  #clearLive(): void {
    if (this.#live !== '') this.#stream.write('\r\u001B[K');
  }

  #drawLive(): void {
    if (this.#live !== '') this.#stream.write(this.#live);
  }
}

/** Rows as columns of equal width, for terminals. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A size in the unit that suits it: 512 B, 3.4 MiB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
