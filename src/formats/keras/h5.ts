import type { File } from 'h5wasm';

/** Builds an HDF5 file in memory. */
export const writeH5 = (build: (file: File) => void): Promise<Uint8Array> =>
  withMemoryFile(async (path, H5File, { readFile }) => {
    atEpoch(() => {
      const file = new H5File(path, 'w');
      build(file);
      file.close();
    });
    return readFile(path);
  });

/**
 * HDF5 notes the time at which each object was made, by the clock of JavaScript, and checksums the
 * note. The same model has to give the same bytes, so the clock stands still meanwhile.
 */
function atEpoch(work: () => void): void {
  const { now } = Date;
  Date.now = () => 0;
  try {
    work();
  } finally {
    Date.now = now;
  }
}

/** Reads from the bytes of an HDF5 file. */
export const readH5 = <T>(bytes: Uint8Array, read: (file: File) => T): Promise<T> =>
  withMemoryFile(async (path, H5File, { writeFile }) => {
    writeFile(path, bytes);
    const file = new H5File(path, 'r');
    try {
      return read(file);
    } finally {
      file.close();
    }
  });

interface MemoryFiles {
  readFile(path: string): Uint8Array;
  writeFile(path: string, bytes: Uint8Array): void;
}

let files = 0;

/** The library's files lie in its own memory. */
async function withMemoryFile<T>(
  work: (path: string, H5File: typeof File, files: MemoryFiles) => Promise<T>,
): Promise<T> {
  // Five megabytes, which most processes never need.
  const { File: H5File, ready } = await import('h5wasm');
  const { FS } = await ready;
  files += 1;
  const path = `file-${files}.h5`;
  try {
    return await work(path, H5File, FS);
  } finally {
    if (FS.analyzePath(path, false).exists) FS.unlink(path);
  }
}
