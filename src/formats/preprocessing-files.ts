import type { FormatFile } from './model-format.ts';
import type { PortableModel } from './portable-model.ts';

/** Beside formats that take features: the transform, and programs that apply it. */
export async function preprocessingFiles({ transform }: PortableModel): Promise<FormatFile[]> {
  return [
    {
      path: 'transform.json',
      bytes: Buffer.from(`${JSON.stringify(transform.document, null, 1)}\n`),
      mediaType: 'application/json',
      purpose: 'what makes features of raw records',
    },
  ];
}
