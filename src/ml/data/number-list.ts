/** Numbers one after another, in memory that grows with them and holds nothing else. */
export class NumberList {
  #values = new Float64Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#makeRoom(2 * this.#length);
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** Adds one to the number at a place. */
  increase(place: number): void {
    this.#values[place] = (this.#values[place] as number) + 1;
  }

  append(values: ArrayLike<number>): void {
    const length = this.#length + values.length;
    if (length > this.#values.length) this.#makeRoom(length);
    this.#values.set(values, this.#length);
    this.#length = length;
  }

  /** Leaves out every second one; the first stays. */
  halve(): void {
    this.cut(Math.ceil(this.#length / 2));
    for (let i = 0; i < this.#length; i++) this.#values[i] = this.#values[2 * i] as number;
  }

  /** Leaves out all from a place on. */
  cut(length: number): void {
    this.#length = length;
  }

  /** A copy of those from a place on. */
  from(place: number): Float64Array {
    return this.#values.slice(place, this.#length);
  }

  /** All of them, until the next one comes. */
  get all(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }

  #makeRoom(count: number): void {
    const larger = new Float64Array(count);
    larger.set(this.all);
    this.#values = larger;
  }
}
