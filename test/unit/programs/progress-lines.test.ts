import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProgressLines } from '../../../src/workers/programs/progress-lines.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sevenfold-lines-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('each line is heard once, when it is whole', async () => {
  const path = join(folder, 'a.jsonl');
  await writeFile(path, '{"message":"Grüße"}\n{"metric":"loss","st');
  const lines = new ProgressLines(path);
  expect(await lines.read()).toEqual([{ message: 'Grüße' }]);
  expect(await lines.read()).toEqual([]);
  await appendFile(path, 'ep":2,"value":0.5}\n{"checkpoint":"epoch-2"}\n');
  expect(await lines.read()).toEqual([
    { metric: 'loss', step: 2, value: 0.5 },
    { checkpoint: 'epoch-2' },
  ]);
});

test('what is no line of the contract is passed over', async () => {
  const path = join(folder, 'b.jsonl');
  await writeFile(path, 'Epoch 1/2\n[]\n{"progress":7}\n{"checkpoint":""}\n\n{"progress":0.5}\n');
  expect(await new ProgressLines(path).read()).toEqual([{ progress: 0.5 }]);
});
