import { Op, PersistentId, PythonCall, PythonGlobal, type PythonValue } from './python-values.ts';

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
