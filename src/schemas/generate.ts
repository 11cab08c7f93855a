import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Job } from './job.ts';
import { Pipeline } from './pipeline.ts';
import { LatestData, Retraining } from './retraining.ts';

const SCHEMAS = {
  'job.schema.json': { title: 'Sevenfold job', schema: Job },
  'pipeline.schema.json': { title: 'Sevenfold pipeline', schema: Pipeline },
  'retraining.schema.json': {
    title: 'Sevenfold retraining',
    // A text is short for a path.
    schema: Retraining.extend({ data: z.union([z.string().min(1), LatestData]) }),
  },
};
type SchemaFile = keyof typeof SCHEMAS;
const FILES = Object.keys(SCHEMAS) as SchemaFile[];

const pathOf = (file: SchemaFile): string =>
  fileURLToPath(new URL(`../../schemas/${file}`, import.meta.url));

/** JSON Schema of what users write: defaults are optional, unknown keys are faults. */
export function jsonSchemaOf(file: SchemaFile): string {
  const { title, schema } = SCHEMAS[file];
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

/** Committed files that are not what the zod schemas say. */
export async function findStaleSchemas(): Promise<SchemaFile[]> {
  const isStale = await Promise.all(
    FILES.map(
      async (file) => (await readFile(pathOf(file), 'utf8').catch(() => '')) !== jsonSchemaOf(file),
    ),
  );
  return FILES.filter((_, index) => isStale[index]);
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--check')) {
    for (const file of await findStaleSchemas()) {
      console.error(`schemas/${file} is not current: run \`npm run schema\` and commit it.`);
      process.exitCode = 1;
    }
  } else {
    for (const file of FILES) await writeFile(pathOf(file), jsonSchemaOf(file));
  }
}
