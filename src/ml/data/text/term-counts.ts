import type { TextGrams } from '../../../schemas/transform.ts';
import { ownText } from '../cell.ts';
import { termsOf } from './terms.ts';

/** Terms kept at most; beyond, those that occurred in the fewest texts are forgotten. */
const MOST_TERMS = 100_000;

/** In how many texts each term occurs, in bounded memory. */
export class TermCounts {
  readonly #grams: TextGrams;
  readonly #counts = new Map<string, number>();
  texts = 0;

  constructor(grams: TextGrams) {
    this.#grams = grams;
  }

  add(text: string): void {
    this.texts += 1;
    for (const term of new Set(termsOf(text, this.#grams))) {
      const seen = this.#counts.get(term);
      this.#counts.set(seen === undefined ? ownText(term) : term, (seen ?? 0) + 1);
    }
    for (let least = 1; this.#counts.size > MOST_TERMS; least *= 2) this.#forget(least);
  }

  /** Terms in most texts first, equals by their text; those in so many texts at least, but not in all. */
  top(count: number, fewestTexts: number): { term: string; texts: number }[] {
    return [...this.#counts]
      .filter(([, texts]) => texts >= fewestTexts && texts < this.texts)
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, count)
      .map(([term, texts]) => ({ term, texts }));
  }

  snapshot(): Uint8Array {
    return Buffer.from(JSON.stringify({ texts: this.texts, counts: [...this.#counts] }));
  }

  restore(bytes: Uint8Array): void {
    const { texts, counts } = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      texts: number;
      counts: [string, number][];
    };
    this.texts = texts;
    for (const [term, count] of counts) this.#counts.set(term, count);
  }

  #forget(least: number): void {
    for (const [term, texts] of this.#counts) if (texts <= least) this.#counts.delete(term);
  }
}
