import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Job } from './job.ts';

const FILE = fileURLToPath(new URL('../../schemas/job.schema.json', import.meta.url));

/** JSON Schema of a job as users write it: defaults are optional, unknown keys are faults. */
export function jobJsonSchema(): string {
  const schema = z.toJSONSchema(Job, { io: 'input', target: 'draft-2020-12' });
  const { $schema, ...rest } = schema;
  return `${JSON.stringify({ $schema, title: 'Sevenfold job', ...rest }, null, 2)}\n`;
}

/** Whether the committed file is what the zod schema says. */
export async function isSchemaCurrent(): Promise<boolean> {
  return (await readFile(FILE, 'utf8').catch(() => '')) === jobJsonSchema();
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--check')) {
    if (!(await isSchemaCurrent())) {
      console.error('schemas/job.schema.json is not current: run `npm run schema` and commit it.');
      process.exitCode = 1;
    }
  } else {
    await writeFile(FILE, jobJsonSchema());
  }
}
