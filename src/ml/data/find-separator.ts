const CANDIDATES = [',', ';', '\t', '|'];
const LINES = 50;

/**
 * The separator that gives the first lines the same number of fields, and the most of them; a
 * comma when none does, so that a table of one column is read as one.
 */
export function findSeparator(head: string, quote: string): string {
  const lines = linesOutsideQuotes(head, quote).slice(0, LINES);
  let best = ',';
  let most = 1;
  for (const candidate of CANDIDATES) {
    const counts = lines.map((line) => line.split(candidate).length);
    const fields = counts[0] ?? 1;
    const agreeing = counts.filter((count) => count === fields).length;
    if (fields > most && agreeing >= 0.9 * counts.length) [best, most] = [candidate, fields];
  }
  return best;
}

/** Whole lines of the text, with quoted parts left out; the last one may be cut, and is left out. */
function linesOutsideQuotes(text: string, quote: string): string[] {
  const bare =
    quote === ''
      ? text
      : text
          .split(quote)
          .filter((_, index) => index % 2 === 0)
          .join('');
  const lines = bare.split(/\r\n|\n|\r/);
  return (lines.length > 1 ? lines.slice(0, -1) : lines).filter((line) => line.trim() !== '');
}
