import { Op, PersistentId, PythonCall, PythonGlobal, type PythonValue } from './python-values.ts';

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
