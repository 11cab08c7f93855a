import { isUtf8 } from 'node:buffer';

export interface FoundEncoding {
  readonly name: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  /** Nothing in the bytes says so for certain. */
  readonly isGuess: boolean;
}

/** Share of a UTF-16 text's high bytes that are 0 where it is mostly Latin. */
const MOSTLY_LATIN = 0.5;

/**
 * The encoding of a text by its first bytes, or null for what is no text: a byte order mark, the
 * zeros of UTF-16, valid UTF-8, and else Windows-1252, of which Latin-1 is a part.
 */
export function findEncoding(head: Uint8Array): FoundEncoding | null {
  const [first, second] = head;
  if (first === 0xff && second === 0xfe) return { name: 'utf-16le', isGuess: false };
  if (first === 0xfe && second === 0xff) return { name: 'utf-16be', isGuess: false };
  if (head.includes(0)) return findUtf16(head);
  if (isUtf8(withoutCut(head))) return { name: 'utf-8', isGuess: false };
  return head.some(isNoText) ? null : { name: 'windows-1252', isGuess: true };
}

function findUtf16(head: Uint8Array): FoundEncoding | null {
  const zeros = [0, 0];
  head.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] as number) + 1;
  });
  const [even, odd] = zeros as [number, number];
  const pairs = Math.floor(head.length / 2);
  if (odd >= MOSTLY_LATIN * pairs && even === 0) return { name: 'utf-16le', isGuess: true };
  if (even >= MOSTLY_LATIN * pairs && odd === 0) return { name: 'utf-16be', isGuess: true };
  return null;
}

/** Control characters that no text holds, and the bytes that Windows-1252 gives no meaning. */
const isNoText = (byte: number): boolean =>
  (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d) ||
  byte === 0x7f ||
  [0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte);

/** The bytes up to the last character, where that is cut in two. */
export function withoutCut(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes;
    if (byte < 0xc0) continue; // a continuation: what it continues comes before
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
