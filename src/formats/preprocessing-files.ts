import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FormatFile } from './model-format.ts';
import type { PortableModel } from './portable-model.ts';

/** Beside formats that take features: the transform, and programs that apply it. */
export async function preprocessingFiles({ transform }: PortableModel): Promise<FormatFile[]> {
  const program = async (path: string, mediaType: string, language: string) => ({
    path,
    bytes: await readFile(join(import.meta.dirname, 'preprocess', path)),
    mediaType,
    purpose: `makes features of raw records, in ${language}`,
  });
  return [
    {
      path: 'transform.json',
      bytes: Buffer.from(`${JSON.stringify(transform.document, null, 1)}\n`),
      mediaType: 'application/json',
      purpose: 'what makes features of raw records',
    },
    await program('preprocess.py', 'text/x-python', 'Python'),
    await program('preprocess.mjs', 'text/javascript', 'JavaScript'),
  ];
}
