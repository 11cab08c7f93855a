import { writeExports } from './support/write-exports.ts';

await writeExports(process.argv[2] as string, process.argv[3] as string);
