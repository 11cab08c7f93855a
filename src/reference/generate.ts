import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { renderJobReference } from './job-reference.ts';
import { jsonSchemaOf, SCHEMA_FILES } from './json-schemas.ts';

/** Committed files that are made of the zod schemas, and what they have to be. */
const generatedFiles = (): [path: string, text: string][] => [
  ...SCHEMA_FILES.map((file): [string, string] => [
    `schemas/${file}`,
    `${JSON.stringify(jsonSchemaOf(file), null, 2)}\n`,
  ]),
  ['docs/job.md', renderJobReference()],
];

const locate = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Committed files that are not what the zod schemas say. */
export async function findStaleFiles(): Promise<string[]> {
  const found = await Promise.all(
    generatedFiles().map(async ([path, text]) => {
      const committed = await readFile(locate(path), 'utf8').catch(() => '');
      return committed === text ? [] : [path];
    }),
  );
  return found.flat();
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--check')) {
    for (const path of await findStaleFiles()) {
      console.error(`${path} is not current: run \`npm run schema\` and commit it.`);
      process.exitCode = 1;
    }
  } else {
    for (const [path, text] of generatedFiles()) await writeFile(locate(path), text);
  }
}
