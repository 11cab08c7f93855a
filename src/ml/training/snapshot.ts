/** A JSON document and raw blobs in one byte string: how training state is kept. */
export interface Snapshot {
  readonly document: unknown;
  readonly blobs: readonly Uint8Array[];
}

/** Writes uint32 header length, JSON header, then the blobs one after another (little-endian). */
export function encodeSnapshot(document: unknown, blobs: readonly Uint8Array[]): Uint8Array {
  const header = Buffer.from(
    JSON.stringify({ document, lengths: blobs.map((blob) => blob.byteLength) }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.byteLength);
  return Buffer.concat([length, header, ...blobs]);
}

/** Reads what `encodeSnapshot` wrote; throws where the bytes are cut short. */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 4 + buffer.readUInt32LE(0);
  const { document, lengths } = JSON.parse(buffer.toString('utf8', 4, offset)) as {
    document: unknown;
    lengths: number[];
  };
  const blobs = lengths.map((length) => {
    offset += length;
    return Uint8Array.from(buffer.subarray(offset - length, offset));
  });
  if (offset !== bytes.byteLength) {
    throw new Error(`Training state holds ${bytes.byteLength} bytes; its header says ${offset}.`);
  }
  return { document, blobs };
}

export const bytesOf = (values: Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Blobs are copies that own their buffer, so they are aligned for any element type. */
export const toFloat64 = (blob: Uint8Array): Float64Array =>
  new Float64Array(blob.buffer, blob.byteOffset, blob.byteLength / 8);

export const toFloat32 = (blob: Uint8Array): Float32Array =>
  new Float32Array(blob.buffer, blob.byteOffset, blob.byteLength / 4);
