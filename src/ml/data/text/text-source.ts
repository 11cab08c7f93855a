import { createReadStream } from 'node:fs';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import iconv from 'iconv-lite';
import { InputError } from '../../../errors.ts';
import { nearestName } from '../../../nearest.ts';
import type { Job } from '../../../schemas/job.ts';
import { CheckUtf8 } from './check-utf8.ts';
import { findEncoding } from './find-encoding.ts';
import { SkipBytes } from './skip-bytes.ts';

/** Bytes that are looked at to find out what a text is. */
const HEAD_BYTES = 256 * 1024;
/** Read at once: where such a piece ends, the rows of a batch are split once more. */
const READ_BYTES = 2 ** 20;

/** A text file, packed or not and in whichever encoding, as the UTF-8 that it says. */
export interface TextSource {
  readonly path: string;
  /** Of the file. */
  readonly bytes: number;
  /** Its first characters. */
  readonly head: string;
  /** How it is read, for people: `UTF-16LE, gzip`; empty for plain UTF-8. */
  readonly manner: string;
  /** What its owner should know of how it is read. */
  readonly notes: readonly string[];
  /** UTF-8 from a byte of it on. */
  read(from?: number): Readable;
}

export interface TextFile {
  readonly path: string;
  readonly bytes: number;
  /** Its first bytes, as they lie in the file. */
  readonly head: Buffer;
}

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** @throws InputError for what is no text, an unknown encoding, or a broken `.gz` */
export async function openText(
  file: TextFile,
  named: Job['format']['encoding'],
  field: string,
): Promise<TextSource> {
  const { path, bytes } = file;
  const packed = isGzip(file.head);
  const raw = packed ? await unpackHead(path, field) : file.head;
  if (named !== undefined) checkEncoding(named);
  const found = named === undefined ? findEncoding(raw) : { name: named, isGuess: false };
  if (found === null) throw notText(path, field, raw);
  const isPlain = isUtf8Name(found.name);
  const stages = (): Transform[] => [
    ...(packed ? [createGunzip()] : []),
    ...(isPlain ? [new CheckUtf8(path, field)] : decoders(found.name)),
  ];
  return {
    path,
    bytes,
    head: isPlain ? raw.toString('utf8').replace(/^\ufeff/, '') : iconv.decode(raw, found.name),
    manner: [isPlain ? '' : found.name, packed ? 'gzip' : ''].filter(Boolean).join(', '),
    notes: found.isGuess
      ? [
          `the file is not UTF-8 and is READ AS ${found.name.toUpperCase()}; format.encoding names another encoding`,
        ]
      : [],
    read(from = 0) {
      // Only where nothing is decoded is a place in the text one in the file.
      const start = packed || !isPlain ? 0 : from;
      const stream = createReadStream(path, { start, highWaterMark: READ_BYTES });
      const skip = start === from ? [] : [new SkipBytes(from)];
      return chain([stream, ...stages(), ...skip]);
    },
  };
}

/** The last of the streams; a fault of any of them is its own, and all end with it. */
const chain = (streams: readonly (Readable | Transform)[]): Readable =>
  pipeline(streams as [Readable, ...Transform[]], () => undefined) as unknown as Readable;

const isUtf8Name = (name: string): boolean => /^utf-?8$/i.test(name);

const decoders = (name: string): Transform[] => [
  iconv.decodeStream(name) as unknown as Transform,
  iconv.encodeStream('utf-8') as unknown as Transform,
];

function checkEncoding(name: string): void {
  if (iconv.encodingExists(name)) return;
  const nearest = nearestName(name, COMMON);
  throw new InputError({
    code: 'UnknownEncoding',
    field: 'format.encoding',
    value: name,
    expected: `an encoding such as ${COMMON.join(', ')}`,
    remedy: nearest === undefined ? 'Name one of these.' : `Did you mean '${nearest}'?`,
  });
}

const COMMON = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-15', 'shift_jis'];

async function unpackHead(path: string, field: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of chain([createReadStream(path), createGunzip()])) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length >= HEAD_BYTES) break;
    }
  } catch (error) {
    throw explainGzip(error, path, field);
  }
  return Buffer.concat(chunks).subarray(0, HEAD_BYTES);
}

/** A fault of the packing, in the user's words; any other as it is. */
export function explainGzip(error: unknown, path: string, field: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || !code.startsWith('Z_')) return error;
  return new InputError(
    {
      code: 'MalformedGzip',
      field,
      value: path,
      expected: `a whole gzip file: ${message}`,
      remedy: 'Pack it again, or fetch it again: it may have been cut short.',
    },
    { cause: error },
  );
}

/** What people take for a table. */
const KNOWN_BINARIES: readonly (readonly [mark: string, name: string])[] = [
  ['PK\u0003\u0004', 'an Excel workbook or another ZIP archive'],
  ['\u00d0\u00cf\u0011\u00e0', 'an old Excel workbook'],
  ['SQLite format 3', 'a SQLite database'],
  ['%PDF', 'a PDF'],
  ['PAR1', 'Parquet'],
];

function notText(path: string, field: string, head: Buffer): InputError {
  const start = head.toString('latin1', 0, 16);
  const known = KNOWN_BINARIES.find(([mark]) => start.startsWith(mark));
  return new InputError({
    code: 'NotText',
    field,
    value: path,
    expected: `a table as CSV, TSV, JSON lines or Parquet; this is ${known?.[1] ?? 'binary'}`,
    remedy: known === undefined ? 'Name a table.' : 'Export the table as CSV or Parquet.',
  });
}
