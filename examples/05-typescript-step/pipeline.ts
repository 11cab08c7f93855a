import { z } from 'zod';
import { definePipeline } from '../../src/pipelines/define-pipeline.ts';
import { file } from '../../src/pipelines/zod-types.ts';
import { countWords, mostFrequent } from './steps.ts';

export default definePipeline({
  name: 'words',
  description: 'The words that a text uses often',
  inputs: { text: file(), least: z.int().default(2) },
  cache: 'use',
  build({ inputs, step }) {
    const counted = step('count', countWords, { text: inputs.text });
    // A wire of another type, such as counted.words for least, does not compile.
    const found = step('find', mostFrequent, { words: counted.words, least: inputs.least });
    return { frequent: found.frequent };
  },
});
