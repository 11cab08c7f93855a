import { open } from 'node:fs/promises';
import { z } from 'zod';

/** One value of a metric series. */
export const MetricValue = z.object({
  metric: z.string(),
  value: z.number(),
  step: z.number().default(0),
});
export type MetricValue = z.infer<typeof MetricValue>;

const Line = z.union([
  MetricValue,
  z.object({ checkpoint: z.string().min(1) }),
  z.object({ message: z.string().optional(), progress: z.number().min(0).max(1) }),
  z.object({ message: z.string() }),
]);
export type ProgressLine = z.infer<typeof Line>;

/** Reads what a program appends to its progress file, a JSON object a line; what is none is passed over. */
export class ProgressLines {
  readonly #path: string;
  #offset = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Whole lines that have come since the last look. */
  async read(): Promise<ProgressLine[]> {
    const file = await open(this.#path, 'r');
    try {
      const { size } = await file.stat();
      if (size <= this.#offset) return [];
      const bytes = Buffer.alloc(size - this.#offset);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, this.#offset);
      // A character that is cut in two is read again with its other half.
      const text = bytes.subarray(0, bytes.lastIndexOf(0x0a, bytesRead - 1) + 1);
      this.#offset += text.length;
      this.#rest = text.toString('utf8');
    } finally {
      await file.close();
    }
    return this.#rest.split('\n').flatMap(parseLine);
  }
}

function parseLine(text: string): ProgressLine[] {
  try {
    const parsed = Line.safeParse(JSON.parse(text));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
