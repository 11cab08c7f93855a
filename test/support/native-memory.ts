import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import koffi from 'koffi';

/** `struct mallinfo2` of glibc: counts of bytes and blocks. */
const MallocInfo = koffi.struct({
  ...{ arena: 'size_t', ordblks: 'size_t', smblks: 'size_t', hblks: 'size_t', hblkhd: 'size_t' },
  ...{ usmblks: 'size_t', fsmblks: 'size_t', uordblks: 'size_t' },
  ...{ fordblks: 'size_t', keepcost: 'size_t' },
});

/**
 * Bytes that native code has asked of glibc and not given back. Unlike resident memory it depends
 * neither on when V8 collects garbage (it is made to, first) nor on what the allocator keeps.
 */
export async function nativeBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What belongs to collected objects is freed in the turns that follow.
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise(setImmediate);
  }
  const { uordblks, hblkhd } = koffi
    .load('libc.so.6')
    .func('mallinfo2', MallocInfo, [])() as Record<'uordblks' | 'hblkhd', number>;
  return uordblks + hblkhd;
}
