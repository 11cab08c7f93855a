import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { defineStep } from '../../src/pipelines/define-step.ts';
import { file } from '../../src/pipelines/zod-types.ts';

const module = import.meta.url;

export const countWords = defineStep({
  module,
  name: 'countWords',
  input: z.object({ text: file() }),
  output: z.object({ words: z.record(z.string(), z.int()) }),
  async run({ text }) {
    const words: Record<string, number> = {};
    for (const [word] of (await readFile(text, 'utf8')).toLowerCase().matchAll(/[a-z]+/g)) {
      words[word] = (words[word] ?? 0) + 1;
    }
    return { words };
  },
});

export const mostFrequent = defineStep({
  module,
  name: 'mostFrequent',
  input: z.object({ words: z.record(z.string(), z.int()), least: z.int() }),
  output: z.object({ frequent: z.array(z.string()) }),
  run({ words, least }) {
    const frequent = Object.keys(words).filter((word) => (words[word] ?? 0) >= least);
    return { frequent: frequent.toSorted() };
  },
});
