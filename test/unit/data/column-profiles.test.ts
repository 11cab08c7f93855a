import { describe, expect, test } from 'vitest';
import { rowChooser } from '../../../src/ml/data/choose-rows.ts';
import { ColumnProfiles, packStates } from '../../../src/ml/data/column-profiles.ts';
import { Part } from '../../../src/ml/data/split.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { ProfileTallies } from '../../../src/schemas/preparation-state.ts';
import { cellsOf, essence } from '../../support/column-profiles.ts';

type Column = (row: number, random: RandomStream) => unknown;

/** Of each kind of cell, and beyond each limit: 20,000 values, 200,000 numbers. */
const columns: Readonly<Record<string, Column>> = {
  numbers: (_, random) => random.normal() * 1e3,
  'negative zero': () => '-0',
  sequence: (row) => row + 7,
  'sequence with a gap': (row) => (row < 40 ? row : row + 1),
  nothing: () => '',
  infinite: (row, random) => (row % 3 === 0 ? 'inf' : random.below(5)),
  booleans: (_, random) => (random.below(2) === 0 ? 'yes' : 'no'),
  dates: (_, random) => `2026-01-${10 + random.below(20)}`,
  texts: (_, random) => ['straße', '😀 \ud800', 'a "quote"', '__proto__'][random.below(4)],
  written: (row, random) =>
    ['12', '1.234', '3.5', '1.234,5 €', '-', '$5', '€ 7', 'n/a'][
      Math.min(7, Math.floor(row / 20) + random.below(4))
    ],
  remarks: (row, random) => `remark ${random.below(9)} of ${row} was made`,
  mixed: (row, random) =>
    ['', 'x y', 1 / 3, 'true', '2026-01-31', 'NA'][(row + random.below(6)) % 6],
};
const names = Object.keys(columns);

function cellsFor(rows: number, seed: number): unknown[][] {
  const random = new RandomStream(seed, 'test-profiles');
  return cellsOf(rows, (row) => names.map((name) => columns[name]?.(row, random)));
}

const newProfiles = (all = names) => new ColumnProfiles({ columns: all, missing: new Set() });

const take = (profiles: ColumnProfiles, rows: readonly unknown[][], start: number) => {
  const parts = new Uint8Array(start + rows.length).fill(Part.fit);
  profiles.take({ rows, start }, rowChooser(parts)(start, rows.length));
};

const add = (profiles: ColumnProfiles, cells: readonly unknown[][], from: number, to: number) =>
  take(profiles, cells.slice(from, to), from);

/** What a process leaves and its successor takes up, as bytes and JSON. */
class Relay {
  readonly segments: Uint8Array[] = [];

  pass(profiles: ColumnProfiles, fresh: ColumnProfiles): ColumnProfiles {
    const { segment, profiles: tallies, blobs } = packStates(profiles.states('last'));
    this.segments.push(segment);
    for (const segment of this.segments) fresh.grow(segment);
    const read = ProfileTallies.array().parse(JSON.parse(JSON.stringify(tallies)));
    fresh.restore(
      read,
      blobs.map((blob) => Uint8Array.from(blob)),
    );
    return fresh;
  }
}

describe('profiles that are kept and restored are the same bit for bit,', () => {
  test.each(cellsOf(12, (seed) => seed))('wherever they are: seed %i', (seed) => {
    const rows = 300;
    const cells = cellsFor(rows, seed);
    const undisturbed = newProfiles();
    add(undisturbed, cells, 0, rows);
    const random = new RandomStream(seed, 'test-cuts');
    const relay = new Relay();
    let profiles = newProfiles();
    for (let row = 0; row < rows; ) {
      const to = Math.min(rows, row + random.below(90));
      add(profiles, cells, row, to);
      profiles = relay.pass(profiles, newProfiles());
      row = to;
    }
    expect(profiles.profiles.map(essence)).toEqual(undisturbed.profiles.map(essence));
  });

  test('also beyond the limits of what they keep', () => {
    const rows = 450_000;
    const number = (row: number) => Math.sin(row) * 1e6;
    const undisturbed = newProfiles(['x']);
    const relay = new Relay();
    let profiles = newProfiles(['x']);
    let largest = 0;
    for (let row = 0; row < rows; row += 50_000) {
      const cells = cellsOf(50_000, (i) => [number(row + i)]);
      take(undisturbed, cells, row);
      take(profiles, cells, row);
      profiles = relay.pass(profiles, newProfiles(['x']));
      largest = Math.max(largest, relay.segments.at(-1)?.byteLength ?? 0);
    }
    expect(profiles.profiles.map(essence)).toEqual(undisturbed.profiles.map(essence));
    expect(profiles.profiles[0]?.distinctIsExact).toBe(false);
    // Numbers kept are written once, and anew when every second one goes.
    const bytes = relay.segments.reduce((sum, segment) => sum + segment.byteLength, 0);
    expect(bytes).toBeLessThan(4 * 200_000 * 8);
    expect(largest).toBeLessThan(2 * 100_000 * 8);
  });
});

test('segments that come in another order are refused', () => {
  const profiles = newProfiles();
  const cells = cellsFor(100, 1);
  add(profiles, cells, 0, 50);
  profiles.states('last');
  add(profiles, cells, 50, 100);
  const second = packStates(profiles.states('last')).segment;
  expect(() => newProfiles().grow(second)).toThrow('out of its order');
});
