import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Job } from './job.ts';

import { Pipeline } from './pipeline.ts';

const file = (name: string): string =>
  fileURLToPath(new URL(`../../schemas/${name}.schema.json`, import.meta.url));

/** JSON Schema of a job as users write it: defaults are optional, unknown keys are faults. */
export const jobJsonSchema = (): string => jsonSchema('Sevenfold job', Job);

/** JSON Schema of a pipeline as users write it. */
const pipelineJsonSchema = (): string => jsonSchema('Sevenfold pipeline', Pipeline);

function jsonSchema(title: string, schema: z.ZodType): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

const SCHEMAS = { job: jobJsonSchema, pipeline: pipelineJsonSchema } as const;

/** Names of the committed files that are not what the zod schemas say. */
export async function staleSchemas(): Promise<string[]> {
  const stale: string[] = [];
  for (const [name, make] of Object.entries(SCHEMAS)) {
    if ((await readFile(file(name), 'utf8').catch(() => '')) !== make()) stale.push(name);
  }
  return stale;
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--check')) {
    const stale = await staleSchemas();
    if (stale.length > 0) {
      console.error(`schemas: ${stale.join(', ')} not current: run \`npm run schema\` and commit.`);
      process.exitCode = 1;
    }
  } else {
    for (const [name, make] of Object.entries(SCHEMAS)) await writeFile(file(name), make());
  }
}
