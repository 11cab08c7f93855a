import { ownText } from './cell.ts';

/** Texts that are remembered; where there are more, hardly any comes again soon. */
const MOST_TEXTS = 4_096;

/** Remembers what follows from a text, as long as few differ: categories and dates come again and again. */
export class TextMemo<T> {
  #known: Map<string, T> | null = new Map();
  readonly #make: (text: string) => T;

  constructor(make: (text: string) => T) {
    this.#make = make;
  }

  of(text: string): T {
    const known = this.#known?.get(text);
    if (known !== undefined) return known;
    if (this.#known === null) return this.#make(text);
    const own = ownText(text);
    const made = this.#make(own);
    if (this.#known.size < MOST_TEXTS) this.#known.set(own, made);
    else this.#known = null;
    return made;
  }
}
