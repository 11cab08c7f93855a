/**
 * Opcodes of Python's pickle, protocol 2, as far as PyTorch's files need them
 * (https://github.com/python/cpython/blob/main/Lib/pickletools.py).
 */
const Op = {
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

/** Writes a value; numbers are 32-bit integers. */
export function pickle(value: PythonValue): Uint8Array {
  const parts: Buffer[] = [Buffer.from([Op.protocol, 2])];
  write(value, parts);
  parts.push(Buffer.from([Op.stop]));
  return Buffer.concat(parts);
}

function write(value: PythonValue, parts: Buffer[]): void {
  const op = (...codes: number[]) => parts.push(Buffer.from(codes));
  if (value === null) op(Op.none);
  else if (typeof value === 'boolean') op(value ? Op.newTrue : Op.newFalse);
  else if (typeof value === 'number') {
    const integer = Buffer.alloc(5, Op.binInt);
    integer.writeInt32LE(value, 1);
    parts.push(integer);
  } else if (typeof value === 'string') {
    const text = Buffer.from(value);
    const head = Buffer.alloc(5, Op.binUnicode);
    head.writeUInt32LE(text.length, 1);
    parts.push(head, text);
  } else if (value instanceof PythonGlobal) {
    const at = value.name.lastIndexOf('.');
    parts.push(Buffer.from(`c${value.name.slice(0, at)}\n${value.name.slice(at + 1)}\n`));
  } else if (value instanceof PersistentId) {
    write(value.id, parts);
    op(Op.binPersistentId);
  } else if (value instanceof PythonCall) {
    writeCall(value, parts);
  } else {
    op(Op.mark);
    for (const each of value) write(each, parts);
    op(Op.tuple);
  }
}

function writeCall({ callee, args, items, isNewObject }: PythonCall, parts: Buffer[]): void {
  write(callee, parts);
  write(args, parts);
  parts.push(Buffer.from([isNewObject ? Op.newObject : Op.reduce]));
  if (items.size === 0) return;
  if (isNewObject) parts.push(Buffer.from([Op.emptyDict]));
  parts.push(Buffer.from([Op.mark]));
  for (const [key, value] of items) {
    write(key, parts);
    write(value, parts);
  }
  parts.push(Buffer.from(isNewObject ? [Op.setItems, Op.build] : [Op.setItems]));
}

const MARK = Symbol('mark');

/** Reads a pickle without running anything: calls come back as they are written. */
export function unpickle(bytes: Uint8Array): PythonValue {
  const reader = new PickleReader(bytes);
  return reader.read();
}

class PickleReader {
  readonly #bytes: Buffer;
  #at = 0;
  #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): PythonValue {
    for (;;) {
      const op = this.#byte();
      if (op === Op.stop) return this.#stack.pop() as PythonValue;
      this.#step(op);
    }
  }

  #step(op: number): void {
    const stack = this.#stack;
    switch (op) {
      case Op.protocol:
        this.#byte();
        return;
      case Op.mark:
        stack.push(MARK);
        return;
      case Op.none:
        stack.push(null);
        return;
      case Op.newTrue:
      case Op.newFalse:
        stack.push(op === Op.newTrue);
        return;
      case Op.binInt:
        stack.push(this.#bytes.readInt32LE(this.#skip(4)));
        return;
      case Op.binInt1:
        stack.push(this.#byte());
        return;
      case Op.binInt2:
        stack.push(this.#bytes.readUInt16LE(this.#skip(2)));
        return;
      case Op.binUnicode: {
        const length = this.#bytes.readUInt32LE(this.#skip(4));
        const start = this.#skip(length);
        stack.push(this.#bytes.toString('utf8', start, start + length));
        return;
      }
      case Op.global:
        stack.push(new PythonGlobal(this.#line(), this.#line()));
        return;
      case Op.emptyTuple:
        stack.push([]);
        return;
      case Op.emptyDict:
        stack.push(new Map());
        return;
      case Op.tuple:
        stack.push(this.#popToMark());
        return;
      case Op.tuple1:
      case Op.tuple2:
      case Op.tuple3:
        stack.push(stack.splice(-(op - Op.tuple1 + 1)));
        return;
      case Op.binPersistentId:
        stack.push(new PersistentId(stack.pop() as PythonValue));
        return;
      case Op.reduce:
      case Op.newObject: {
        const [callee, args] = stack.splice(-2) as [PythonGlobal, PythonValue[]];
        stack.push(new PythonCall(callee, args, new Map(), op === Op.newObject));
        return;
      }
      case Op.setItem:
      case Op.setItems: {
        const pairs = op === Op.setItem ? stack.splice(-2) : this.#popToMark();
        const target = stack.at(-1) as PythonCall | Map<string, unknown>;
        const items = target instanceof PythonCall ? target.items : target;
        for (let i = 0; i < pairs.length; i += 2) {
          items.set(pairs[i] as string, pairs[i + 1]);
        }
        return;
      }
      case Op.build: {
        const state = stack.pop() as Map<string, PythonValue>;
        for (const [key, value] of state) (stack.at(-1) as PythonCall).items.set(key, value);
        return;
      }
      case Op.binPut:
        this.#memo.set(this.#byte(), stack.at(-1));
        return;
      case Op.longBinPut:
        this.#memo.set(this.#bytes.readUInt32LE(this.#skip(4)), stack.at(-1));
        return;
      case Op.binGet:
        stack.push(this.#memo.get(this.#byte()));
        return;
      case Op.longBinGet:
        stack.push(this.#memo.get(this.#bytes.readUInt32LE(this.#skip(4))));
        return;
      default:
        throw new RangeError(`Pickle opcode 0x${op.toString(16)} can't be read.`);
    }
  }

  #byte(): number {
    return this.#bytes.readUInt8(this.#skip(1));
  }

  #skip(length: number): number {
    this.#at += length;
    return this.#at - length;
  }

  #line(): string {
    const end = this.#bytes.indexOf('\n', this.#at);
    const start = this.#skip(end + 1 - this.#at);
    return this.#bytes.toString('utf8', start, end);
  }

  #popToMark(): unknown[] {
    const start = this.#stack.lastIndexOf(MARK);
    const values = this.#stack.splice(start);
    return values.slice(1);
  }
}
