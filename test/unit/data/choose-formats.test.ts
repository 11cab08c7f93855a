import { describe, expect, test } from 'vitest';
import { chooseFormats } from '../../../src/ml/data/choose-formats.ts';
import { inferType } from '../../../src/ml/data/infer-type.ts';
import { cellsOf, profileOf } from '../../support/column-profiles.ts';

const choose = (columns: Record<string, readonly unknown[]>, named?: '.' | ',') => {
  const profiles = Object.entries(columns).map(([name, cells]) => profileOf(cells, { name }));
  const notes = chooseFormats(profiles, named);
  return Object.fromEntries(
    profiles.map((profile) => [
      profile.name,
      {
        format: profile.format,
        note: notes.get(profile.name),
        type: inferType(profile, 50).type,
        sum: Number((profile.mean * profile.numbers).toFixed(9)),
      },
    ]),
  );
};

describe('the way in which a column writes numbers', () => {
  test('is found by what all its cells can be', () => {
    const found = choose({
      plain: ['1.5', '2', '1e3'],
      comma: ['1,5', '2.000', '3'],
      point: ['1,234.5', '12', '3.25'],
      euros: ['5 €', '1.234,50 €', '7'],
    });
    expect(found['plain']).toMatchObject({ format: undefined, type: 'numeric' });
    expect(found['comma']).toMatchObject({ format: { decimal: ',', unit: '' }, sum: 2004.5 });
    expect(found['point']).toMatchObject({ format: { decimal: '.', unit: '' }, sum: 1249.75 });
    expect(found['euros']).toMatchObject({ format: { decimal: ',', unit: '€' }, sum: 1246.5 });
    expect(found['comma']?.note).toBe(
      "column 'comma' is read as numbers with DECIMAL COMMA: '1,5' in row 1 is 1.5; 1 cells would be other numbers with decimal point: format.decimal decides",
    );
    expect(found['euros']?.note).toContain("its unit '€' left out: '5 €' in row 1 is 5");
  });

  test('is a point where nothing says otherwise', () => {
    const doubtful = ['1,234', '5,678', '12'];
    const { x } = choose({ x: doubtful });
    expect(x).toMatchObject({ format: { decimal: '.', unit: '' }, sum: 6924 });
    expect(x?.note).toContain('2 cells would be other numbers with decimal comma');
  });

  test('is a comma where another column can only have that', () => {
    const found = choose({ x: ['1,234', '12'], y: ['1.234', '5.000'], z: ['0,5', '1,25'] });
    expect(found['x']).toMatchObject({ sum: 13.234 });
    expect(found['y']).toMatchObject({ sum: 6234 });
  });

  test('is what the job says', () => {
    expect(choose({ x: ['1,234', '12'] }, ',')['x']?.sum).toBeCloseTo(13.234, 9);
    expect(choose({ x: ['1.234', '12'] }, ',')['x']?.sum).toBe(1246);
    expect(choose({ x: ['1,5', '12'] }, '.')['x']?.type).toBe('categorical');
  });

  test('has one unit: several are no number', () => {
    const cells = cellsOf(40, (i) => (i % 2 === 0 ? `${i} kg` : `${i} lb`));
    expect(choose({ x: cells })['x']).toMatchObject({ format: undefined });
  });

  test('leaves names and codes alone', () => {
    const cells = cellsOf(40, (i) => ['A12', 'B7', 'street 5', '31.12.2025'][i % 4]);
    expect(choose({ x: cells })['x']).toMatchObject({ format: undefined, type: 'categorical' });
  });
});

test('placeholders do not keep a column from being what it is', () => {
  expect(choose({ x: ['1', '-', '2', 'n/a', '--', 'unknown', '3'] })['x']?.type).toBe('numeric');
  expect(choose({ x: ['yes', 'no', '-', 'yes'] })['x']?.type).toBe('boolean');
  expect(choose({ x: ['2026-01-01', '-', '2026-01-02'] })['x']?.type).toBe('datetime');
  expect(choose({ x: ['+', '-', '+', '-'] })['x']?.type).toBe('categorical');
});
