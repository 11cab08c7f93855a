import type { DataReport } from '../../schemas/data-report.ts';
import type { DataFinding } from '../../schemas/retraining-record.ts';
import type { TransformOperation } from '../../schemas/transform.ts';
import { cellText, levelName } from '../data/cell.ts';
import type { FittedTransform } from '../data/fitted-transform.ts';
import { readNumber } from '../data/written-number.ts';

/** Share of the cells from which on what is found is no slip of a few. */
const NOTICEABLE = 0.01;
const MOST_NAMED = 3;

interface Watched {
  readonly column: string;
  /** Of numbers, in the rows before. */
  readonly range: { readonly min: number; readonly max: number } | null;
  /** Null where rarer ones were not told apart. */
  readonly levels: ReadonlySet<string> | null;
  /** Whether new levels are to be expected, as of names and codes. */
  readonly isOpen: boolean;
  /** Share of the cells that were missing before. */
  readonly missingBefore: number;
  missing: number;
  outside: number;
  least: number;
  greatest: number;
  /** Cells of unknown levels, and the first of these. */
  unknown: number;
  readonly named: Set<string>;
}

/**
 * Holds new rows against the schema of an earlier run, cell by cell: numbers outside the range that they
 * had, categories that there were none of, and cells that are missing where they were not.
 */
export class SchemaCheck {
  readonly #watched: readonly Watched[];
  readonly #transform: FittedTransform;
  readonly #missing: ReadonlySet<string>;
  #rows = 0;

  constructor(transform: FittedTransform, { columns, rows }: DataReport) {
    this.#transform = transform;
    this.#missing = new Set(transform.document.missing);
    const operations = new Map<string, TransformOperation>();
    for (const operation of transform.document.operations) {
      operations.set(operation.column, operation);
    }
    const reports = new Map(columns.map((report) => [report.name, report]));
    const before = Math.max(1, rows.fit + rows.validation);
    this.#watched = [...operations].flatMap(([column, operation]) => {
      const report = reports.get(column);
      if (report === undefined || operation.kind === 'image') return [];
      return [
        {
          ...{ column, range: operation.kind === 'numeric' ? report.numeric : null },
          ...levelsOf(operation),
          missingBefore: report.missing / before,
          ...{ missing: 0, outside: 0, unknown: 0, named: new Set<string>() },
          ...{ least: Number.POSITIVE_INFINITY, greatest: Number.NEGATIVE_INFINITY },
        },
      ];
    });
  }

  take(records: readonly Readonly<Record<string, unknown>>[]): void {
    this.#rows += records.length;
    for (const watched of this.#watched) {
      for (const record of records) this.#look(watched, record[watched.column]);
    }
  }

  /**
   * What differs, worst first.
   * @param strange share of the cells from which on a difference is an error
   */
  findings(strange: number): DataFinding[] {
    const all = this.#watched.flatMap((watched) => describe(watched, this.#rows, strange));
    const order = ['error', 'warning', 'info'];
    return all.toSorted(
      (a, b) =>
        order.indexOf(a.severity) - order.indexOf(b.severity) ||
        b.share - a.share ||
        (a.column < b.column ? -1 : 1),
    );
  }

  #look(watched: Watched, cell: unknown): void {
    const text = cellText(cell, this.#missing);
    if (text === null) {
      watched.missing += 1;
      return;
    }
    const { range, levels, named } = watched;
    if (range !== null) {
      const value = readNumber(cell, text, this.#transform.formats.get(watched.column));
      if (value === null) return;
      if (value < range.min || value > range.max) watched.outside += 1;
      watched.least = Math.min(watched.least, value);
      watched.greatest = Math.max(watched.greatest, value);
    } else if (levels !== null && !levels.has(levelName(text))) {
      watched.unknown += 1;
      if (named.size < MOST_NAMED) named.add(levelName(text));
    }
  }
}

function levelsOf(operation: TransformOperation): Pick<Watched, 'levels' | 'isOpen'> {
  if (operation.kind === 'target') return { levels: new Set(operation.levels), isOpen: true };
  if (operation.kind !== 'categorical') return { levels: null, isOpen: false };
  const { levels, hash, other } = operation;
  if (hash !== undefined) return { levels: new Set(levels), isOpen: true };
  return { levels: other ? null : new Set(levels), isOpen: false };
}

function describe(watched: Watched, rows: number, strange: number): DataFinding[] {
  const { column, range, outside, least, greatest, unknown, named, missing } = watched;
  const share = (count: number) => count / Math.max(rows, 1);
  const severity = (part: number, isOpen = false) =>
    part >= strange && !isOpen ? 'error' : part >= NOTICEABLE ? 'warning' : 'info';
  const percent = (part: number) => `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`;
  const found: DataFinding[] = [];
  if (range !== null && outside > 0) {
    found.push({
      ...{ column, kind: 'range', share: share(outside), severity: severity(share(outside)) },
      message: `'${column}' has ${outside} values (${percent(share(outside))}) outside ${range.min} to ${range.max}: ${least} to ${greatest}`,
    });
  }
  if (unknown > 0) {
    const part = share(unknown);
    found.push({
      ...{ column, kind: 'categories', share: part, severity: severity(part, watched.isOpen) },
      message: `'${column}' has ${unknown} cells (${percent(part)}) of unknown categories: ${[...named].map((name) => `'${name}'`).join(', ')}`,
    });
  }
  const more = share(missing) - watched.missingBefore;
  if (more >= NOTICEABLE) {
    found.push({
      ...{ column, kind: 'missing', share: more, severity: severity(more) },
      message: `'${column}' is missing in ${percent(share(missing))} of the rows, before in ${percent(watched.missingBefore)}`,
    });
  }
  return found;
}
