import { shapeProto } from '../../ml/graph/encode-graph.ts';
import { dataTypeNumbers, messageType } from '../../ml/graph/tensorflow-schema.ts';
import { maskedCrc32c } from './crc32c.ts';

/** A named tensor of a checkpoint. */
export interface BundleTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

/**
 * A TensorFlow checkpoint: raw values in one file, and an index of them, which is a table of
 * LevelDB (https://github.com/google/leveldb/blob/main/doc/table_format.md).
 */
export function encodeBundle(tensors: readonly BundleTensor[]): {
  readonly index: Uint8Array;
  readonly data: Uint8Array;
} {
  const header = encode('BundleHeaderProto', { numShards: 1, version: { producer: 1 } });
  const entries: [key: string, value: Uint8Array][] = [['', header]];
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const { name, shape, values } of [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const dtype = values instanceof Float32Array ? 'float32' : 'float64';
    entries.push([
      name,
      encode('BundleEntryProto', {
        dtype: dataTypeNumbers[dtype],
        shape: shapeProto(shape),
        offset,
        size: bytes.length,
        crc32c: maskedCrc32c(bytes),
      }),
    ]);
    parts.push(bytes);
    offset += bytes.length;
  }
  return { index: encodeTable(entries), data: Buffer.concat(parts) };
}

function encode(type: string, message: object): Uint8Array {
  const messages = messageType(type);
  return messages.encode(messages.create(message)).finish();
}

const MAGIC = 0xdb47_7524_8b80_fb57n;
const FOOTER_BYTES = 48;

/** Entries in order of their keys, in one data block. */
function encodeTable(entries: readonly [string, Uint8Array][]): Uint8Array {
  const [lastKey] = entries.at(-1) as [string, Uint8Array];
  const data = encodeBlock(entries);
  const metaIndex = encodeBlock([]);
  const dataHandle = handle(0, data.length);
  const index = encodeBlock([[lastKey, dataHandle]]);
  const footer = Buffer.alloc(FOOTER_BYTES);
  const handles = Buffer.concat([
    handle(data.length, metaIndex.length),
    handle(data.length + metaIndex.length, index.length),
  ]);
  handles.copy(footer);
  footer.writeBigUInt64LE(MAGIC, FOOTER_BYTES - 8);
  return Buffer.concat([data, metaIndex, index, footer]);
}

/** Type byte (0: not compressed) and checksum, which a block's handle does not count. */
const TRAILER_BYTES = 5;

const handle = (offset: number, length: number): Buffer =>
  Buffer.concat([varint(offset), varint(length - TRAILER_BYTES)]);

/** Every key is written whole, and is a point from which reading may start. */
function encodeBlock(entries: readonly [string, Uint8Array][]): Buffer {
  const parts: Buffer[] = [];
  const restarts: number[] = entries.length === 0 ? [0] : [];
  let offset = 0;
  for (const [key, value] of entries) {
    restarts.push(offset);
    const name = Buffer.from(key);
    const entry = Buffer.concat([
      varint(0),
      varint(name.length),
      varint(value.length),
      name,
      value,
    ]);
    parts.push(entry);
    offset += entry.length;
  }
  const tail = Buffer.alloc(4 * (restarts.length + 1));
  restarts.forEach((restart, i) => {
    tail.writeUInt32LE(restart, 4 * i);
  });
  tail.writeUInt32LE(restarts.length, 4 * restarts.length);
  const content = Buffer.concat([...parts, tail, Buffer.of(0)]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(maskedCrc32c(content));
  return Buffer.concat([content, checksum]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
