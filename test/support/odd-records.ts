import { FittedTransform } from '../../src/ml/data/fitted-transform.ts';
import { DatePart, type Transform } from '../../src/schemas/transform.ts';

const scaling = { impute: 2.5, shift: 1.1, scale: 3.3 };

/** A transform with every kind of operation. */
export const ODD_TRANSFORM: Transform = {
  schemaVersion: 1,
  missing: ['none', '-'],
  operations: [
    { kind: 'numeric', column: 'number', ...scaling },
    { kind: 'numeric', column: 'price', format: { decimal: ',', unit: '€' }, ...scaling },
    { kind: 'numeric', column: 'cost', format: { decimal: '.', unit: '' }, log: true, ...scaling },
    {
      kind: 'numeric',
      column: 'debt',
      format: { decimal: ',', unit: '€' },
      power: 0.37,
      ...scaling,
    },
    {
      ...({ kind: 'numeric', column: 'tail', clip: { low: -40, high: 3e3 } } as const),
      ...scaling,
      power: -0.41,
    },
    { kind: 'boolean', column: 'truth', ...scaling },
    ...DatePart.options.map(
      (part) => ({ kind: 'date', column: 'moment', part, ...scaling }) as const,
    ),
    {
      kind: 'categorical',
      column: 'both',
      levels: ['1', '0.00001', 'ö', 'true', `${'x'.repeat(200)}…`],
      other: true,
      missing: true,
    },
    { kind: 'categorical', column: 'neither', levels: ['a', 'b'], other: false, missing: false },
    {
      ...({ kind: 'numeric', column: 'far', clip: { low: -1.25, high: 3e3 } } as const),
      ...scaling,
      log: true,
    },
    {
      ...({ kind: 'target', column: 'rare', levels: ['1', 'ö', `${'x'.repeat(200)}…`] } as const),
      ...{ values: [0.25, -1.75, 1 / 3], missing: 0.7, ...scaling },
    },
    {
      ...({ kind: 'target', column: 'rare', class: 'blue', levels: ['a', 'true'] } as const),
      ...{ values: [0.125, 0.9], missing: 0.2, ...scaling },
    },
    {
      ...({ kind: 'categorical', column: 'shared', levels: ['a', 'ö', 'c'] } as const),
      ...{ hash: { buckets: 2, codes: [1, 0, 1] }, other: true, missing: true },
    },
  ],
};

const NUMBERS = [
  ...[0, -0, 1, -1.5, 1e21, 1e-7, 0.1, 3.4e38, 3.5e38, 1e300, true, null, undefined, {}],
  ...['12', ' 7 ', '+3', '.5', '5.', '1e3', '1_000', '0x10', '1,5', 'inf', 'NaN', '', '-', 'none'],
];
const WRITTEN = [
  ...['1.234,50 €', '€1.234,5', '-€ 12', '€ −3,5', '+7', '(1.000)', '1 234 567,8', "1'234", '0,5'],
  ...[
    '1,234.50',
    '12.5',
    '1.23',
    '01.234',
    '1.234.56',
    '',
    ' 5€ ',
    '5 $',
    '€',
    '1,5e3',
    '1e5',
    12.5,
  ],
  ...[1234, null, '-', '--5', '(−5)', '1.234\u00a0€', '1\u202f234', '٣', '3,', ',5', '€5€', true],
];
const TRUTHS = [true, false, 1, 0, 'Yes', 'no', 'T', 'f', 'maybe', '', null, 'N/A', 'null'];
const MOMENTS = [
  ...['2026-01-31', '2024/2/29', '2023-02-29', '2026-13-01', '1969-12-31T23:59:59.9996Z'],
  ...['2026-01-31T12:30', '2026-01-31 23:59:60.5', '2026-01-31T24:00', '2026-01-31T00:00+05:30'],
  ...['2026-03-01T01:00-02', '2026-03-01T01:00:00+0200', '2026-01-31Z', '2026-01-31+02:00'],
  ...['2026-01-31-05', '0050-03-01', '9999-12-31T23:00-05:00', 'today', '', null, 1_700_000_000],
];
const TEXTS = [
  ...[1, 1.0, 0.00001, 'ö', true, 'a', 'b', 'c', null, '?', ' ö\u00a0', 'NULL', '1.0', [1, 'x']],
  ...[
    'x'.repeat(201),
    'x'.repeat(200),
    '𝒳'.repeat(101),
    -0,
    123456789012345680000,
    5e-324,
    '\ufeffö',
  ],
];

/** Records with whatever may stand in a cell, by turns. */
export const ODD_RECORDS: readonly Record<string, unknown>[] = Array.from(
  { length: 84 },
  (_, i) => ({
    number: NUMBERS[i % NUMBERS.length],
    price: WRITTEN[i % WRITTEN.length],
    cost: WRITTEN[(i * 5) % WRITTEN.length],
    debt: WRITTEN[(i * 7) % WRITTEN.length],
    tail: NUMBERS[(i * 5) % NUMBERS.length],
    truth: TRUTHS[i % TRUTHS.length],
    moment: MOMENTS[i % MOMENTS.length],
    both: TEXTS[i % TEXTS.length],
    neither: TEXTS[(i * 5) % TEXTS.length],
    far: NUMBERS[(i * 3) % NUMBERS.length],
    rare: TEXTS[(i * 11) % TEXTS.length],
    shared: TEXTS[(i * 13) % TEXTS.length],
  }),
);

export const oddTransform = (): FittedTransform => new FittedTransform(ODD_TRANSFORM);
