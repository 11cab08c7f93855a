import { z } from 'zod';
import { definePipeline } from '../../src/pipelines/define-pipeline.ts';
import { defineStep } from '../../src/pipelines/define-step.ts';

/** Gives what it takes: all its time is the engine's. */
export const noOp = defineStep({
  module: import.meta.url,
  name: 'noOp',
  input: z.object({ number: z.int() }),
  output: z.object({ number: z.int() }),
  run: ({ number }) => ({ number }),
});

/** Steps, each of which waits for the one before. */
export const chain = (length: number) =>
  definePipeline({
    name: `chain-${length}`,
    inputs: { number: z.int() },
    build({ inputs, step }) {
      let { number } = inputs;
      for (let place = 0; place < length; place++)
        ({ number } = step(`s${place}`, noOp, { number }));
      return { number };
    },
  }).pipeline;

/** One step, done for each item, at most so many at once. */
export const fanOut = (atOnce: number) =>
  definePipeline({
    name: 'fan-out',
    inputs: { numbers: z.array(z.int()) },
    build: ({ inputs, each }) => ({
      numbers: each('each', noOp, inputs.numbers, (number) => ({ number }), { atOnce }).number,
    }),
  }).pipeline;
