import type { NumberFormat } from '../../schemas/number-format.ts';
import type { ColumnProfile } from './column-profile.ts';

/** A column of numbers may hold this share of other cells, which count as missing. */
export const STRAY_TEXT = 0.05;

type Decimal = NumberFormat['decimal'];

/**
 * Has each column of numbers that people wrote read as they meant it, and says so. Where a number
 * can be read with point and with comma, such as `1.234`, the other columns decide, else the job.
 * @param named the decimal sign of all columns, where the job names one
 */
export function chooseFormats(
  profiles: readonly ColumnProfile[],
  named: Decimal | undefined,
): Map<string, string> {
  const notes = new Map<string, string>();
  const prefersComma = named === ',' || profiles.some(needsComma);
  for (const profile of profiles) {
    const decimal = chooseDecimal(profile, named, prefersComma);
    if (decimal === null) continue;
    notes.set(profile.name, describeReading(profile, decimal, named));
    profile.readAs({ decimal, unit: profile.written.unit ?? '' });
  }
  return notes;
}

/** Null where numbers are written as programs do, or where there are too few. */
function chooseDecimal(
  profile: ColumnProfile,
  named: Decimal | undefined,
  prefersComma: boolean,
): Decimal | null {
  const { written, numbers, infinite, valued } = profile;
  const ways: { decimal: Decimal | null; numbers: number }[] = [
    { decimal: null, numbers: named === ',' && written.tally(',') ? 0 : numbers },
    { decimal: '.', numbers: named === ',' ? 0 : (written.tally('.')?.numbers ?? 0) },
    { decimal: ',', numbers: named === '.' ? 0 : (written.tally(',')?.numbers ?? 0) },
  ];
  // The first of the best; a comma comes first where other columns have it.
  const [best] = (prefersComma ? ways.toReversed() : ways).sort((a, b) => b.numbers - a.numbers);
  if (best === undefined || best.decimal === null) return null;
  return best.numbers + infinite >= (1 - STRAY_TEXT) * valued && best.numbers > 0
    ? best.decimal
    : null;
}

/** Whether a column is numbers with comma, and with nothing else. */
function needsComma({ written, numbers, valued }: ColumnProfile): boolean {
  const comma = written.tally(',')?.numbers ?? 0;
  const others = Math.max(numbers, written.tally('.')?.numbers ?? 0);
  return comma > others && comma >= (1 - STRAY_TEXT) * valued;
}

/** How a column is read, with an example. */
export function describeReading(
  { name, written }: ColumnProfile,
  decimal: Decimal,
  named: Decimal | undefined,
): string {
  const { value, row, number } = written.tally(decimal)?.first ?? {};
  const unit = written.unit === null ? '' : `, its unit '${written.unit}' left out`;
  const way = decimal === ',' ? 'DECIMAL COMMA' : 'DECIMAL POINT';
  const isDoubtful = named === undefined && written.ambiguous > 0;
  const doubt = isDoubtful
    ? `; ${written.ambiguous} cells would be other numbers with decimal ${decimal === ',' ? 'point' : 'comma'}: format.decimal decides`
    : '';
  return `column '${name}' is read as numbers with ${way}${unit}: '${value}' in row ${row} is ${number}${doubt}`;
}
