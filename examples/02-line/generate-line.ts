/** Writes line.csv: 100 points on y = 2x + 1 with normal noise of deviation 0.5, x from 0 to 10. */
import { writeFile } from 'node:fs/promises';
import { RandomStream } from '../../src/ml/random.ts';

const random = new RandomStream(7, 'example-line');
const rows = Array.from({ length: 100 }, () => {
  const x = 10 * random.uniform();
  const y = 2 * x + 1 + 0.5 * random.normal();
  return `${x.toFixed(4)},${y.toFixed(4)}`;
});
await writeFile(new URL('line.csv', import.meta.url), `x,y\n${rows.join('\n')}\n`);
