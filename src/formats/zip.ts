import { unzipSync, zipSync } from 'fflate';

/** The start of ZIP's calendar: the same files give the same bytes at any time. */
const MODIFIED = new Date(1980, 0, 1);

/** A ZIP archive whose files are stored as they are. */
export const zip = (files: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  zipSync(files, { level: 0, mtime: MODIFIED });

export const unzip = (bytes: Uint8Array): Record<string, Uint8Array> => unzipSync(bytes);
