import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { SourceStamp } from '../../schemas/preparation-state.ts';

/** Bytes looked at, at either end of a file. */
const END_BYTES = 64 * 1024;

/** By what one file is known again. */
export async function stampFile(path: string): Promise<SourceStamp> {
  const file = await open(path, 'r');
  try {
    const { size, mtimeMs } = await file.stat();
    const hash = createHash('sha256');
    for (const start of [0, Math.max(0, size - END_BYTES)]) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(END_BYTES), 0, END_BYTES, start);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return { bytes: size, modifiedAtMs: mtimeMs, ends: hash.digest('hex') };
  } finally {
    await file.close();
  }
}
