/**
 * Opcodes of Python's pickle, protocol 2, as far as PyTorch's files need them
 * (https://github.com/python/cpython/blob/main/Lib/pickletools.py).
 */
export const Op = {
  mark: 0x28,
  emptyTuple: 0x29,
  stop: 0x2e,
  binInt: 0x4a,
  binInt1: 0x4b,
  binInt2: 0x4d,
  none: 0x4e,
  binPersistentId: 0x51,
  reduce: 0x52,
  binUnicode: 0x58,
  build: 0x62,
  global: 0x63,
  binGet: 0x68,
  longBinGet: 0x6a,
  binPut: 0x71,
  longBinPut: 0x72,
  setItem: 0x73,
  tuple: 0x74,
  setItems: 0x75,
  emptyDict: 0x7d,
  protocol: 0x80,
  newObject: 0x81,
  tuple1: 0x85,
  tuple2: 0x86,
  tuple3: 0x87,
  newTrue: 0x88,
  newFalse: 0x89,
} as const;

/** A Python class or function, by module and name. */
export class PythonGlobal {
  readonly name: string;
  constructor(module: string, name: string) {
    this.name = `${module}.${name}`;
  }
}

/** A call: of a function, or of a class to make an object, whose state may follow. */
export class PythonCall {
  readonly callee: PythonGlobal;
  readonly args: readonly PythonValue[];
  readonly isNewObject: boolean;
  /** Items that are set (`OrderedDict`), or what the object is built from. */
  readonly items: Map<string, PythonValue>;

  constructor(
    callee: PythonGlobal,
    args: readonly PythonValue[],
    items: ReadonlyMap<string, PythonValue> = new Map(),
    isNewObject = false,
  ) {
    this.callee = callee;
    this.args = args;
    this.items = new Map(items);
    this.isNewObject = isNewObject;
  }
}

/** What lies beside the pickle, such as a tensor's storage. */
export class PersistentId {
  readonly id: PythonValue;
  constructor(id: PythonValue) {
    this.id = id;
  }
}

export type PythonValue =
  | null
  | boolean
  | number
  | string
  | readonly PythonValue[] // a tuple
  | PythonGlobal
  | PythonCall
  | PersistentId;
