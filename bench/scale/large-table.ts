import { philox4x32, streamKey } from '../../src/ml/random.ts';

const NUMBERS = 10;
const LEVELS = { plan: 5, city: 40, product: 12, size: 3 };
const ROWS_AT_ONCE = 2_000;

/** Lines of a table of 20 columns: fractions with gaps, whole numbers, categories, a truth, a date, a class. */
export function* largeTable(rows: number, seed: number): Generator<string> {
  const names = Array.from({ length: NUMBERS }, (_, i) => `n${i}`);
  yield `${[...names, 'age', 'visits', 'agreed', ...Object.keys(LEVELS), 'member', 'joined', 'y'].join(',')}\n`;
  const key = streamKey(seed, 'bench/scale');
  for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
    let text = '';
    for (let row = start; row < Math.min(rows, start + ROWS_AT_ONCE); row++) {
      text += `${lineOf(row, key)}\n`;
    }
    yield text;
  }
}

function lineOf(row: number, key: readonly [number, number]): string {
  let block = 0;
  let words: Uint32Array = new Uint32Array();
  let used = 4;
  const uniform = () => {
    if (used === 4) {
      words = philox4x32([block, 0, row, 0], key);
      block += 1;
      used = 0;
    }
    used += 1;
    return (words[used - 1] as number) / 2 ** 32;
  };
  const below = (count: number) => Math.floor(uniform() * count);
  const cells: (string | number)[] = [];
  let score = 0;
  for (let i = 0; i < NUMBERS; i++) {
    const value = 20 * (uniform() - 0.5);
    score += (i % 3) * value;
    cells.push(below(50) === 0 ? '' : value.toFixed(4));
  }
  cells.push(18 + below(80), below(10_000), below(2));
  for (const [name, count] of Object.entries(LEVELS)) cells.push(`${name}${below(count)}`);
  const day = new Date(Date.UTC(2020, 0, 1 + below(2_000))).toISOString().slice(0, 10);
  cells.push(below(2) === 0 ? 'yes' : 'no', day, score + 10 * uniform() > 5 ? 'stays' : 'leaves');
  return cells.join(',');
}
