import { createHash } from 'node:crypto';

export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int32Array;
}

/** A model's parameters, in a fixed order. */
export type Weights = readonly NamedArray[];

const dtypeOf = (values: NamedArray['values']): 'F32' | 'F64' | 'I32' =>
  values instanceof Float32Array ? 'F32' : values instanceof Float64Array ? 'F64' : 'I32';

const bytesOf = (values: NamedArray['values']): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** SHA-256 over (name, dtype, shape, raw little-endian values) of each tensor in order. */
export function hashWeights(weights: Weights): string {
  const hash = createHash('sha256');
  for (const { name, shape, values } of weights) {
    hash.update(JSON.stringify([name, dtypeOf(values), shape]));
    hash.update(bytesOf(values));
  }
  return hash.digest('hex');
}

/**
 * Writes the safetensors format: uint64 header length, JSON header, raw little-endian values.
 * See https://github.com/huggingface/safetensors#format.
 */
export function encodeWeights(weights: Weights, metadata: Record<string, string> = {}): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const { name, shape, values } of weights) {
    header[name] = { dtype: dtypeOf(values), shape, data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  // Padded with spaces to 8 bytes, so that values are aligned.
  const padding = Buffer.alloc((8 - (json.length % 8)) % 8, ' ');
  const headerBytes = Buffer.concat([json, padding]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerBytes.length));
  return Buffer.concat([length, headerBytes, ...weights.map(({ values }) => bytesOf(values))]);
}

export function decodeWeights(bytes: Uint8Array): Weights {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerEnd = 8 + Number(buffer.readBigUInt64LE(0));
  const header = JSON.parse(buffer.toString('utf8', 8, headerEnd)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [start, end],
        },
      ]) => {
        // Copied, because a typed array needs an aligned start.
        const raw = Uint8Array.from(buffer.subarray(headerEnd + start, headerEnd + end)).buffer;
        const values =
          dtype === 'F32'
            ? new Float32Array(raw)
            : dtype === 'F64'
              ? new Float64Array(raw)
              : new Int32Array(raw);
        return { name, shape, values };
      },
    );
}
