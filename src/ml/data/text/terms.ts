import type { TextGrams } from '../../../schemas/transform.ts';

/** Words, numbers, currency signs and exclamation marks; scripts without spaces letter by letter. */
const TOKENS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{M}\p{N}])+|\p{Sc}|!/gu;
/** Numbers this long say nothing but how long they are: a telephone number is one of eleven digits. */
const LONG_NUMBER = /^\d{4,}$/;
const MOST_DIGITS = 12;
/** Characters of a text that are looked at. */
const LONGEST_TEXT = 20_000;
/** Words of a phrase, and characters of a part of a word. */
const LONGEST_PHRASE = 2;
const PARTS = [3, 4] as const;

/** The terms of a text, in order, as often as they occur: words and pairs of words, or parts of words. */
export function termsOf(text: string, grams: TextGrams): string[] {
  const words = (text.slice(0, LONGEST_TEXT).toLowerCase().match(TOKENS) ?? []).map((word) =>
    LONG_NUMBER.test(word) ? '#'.repeat(Math.min(word.length, MOST_DIGITS)) : word,
  );
  const phrases = grams === 'characters' ? [] : phrasesOf(words);
  return grams === 'words' ? phrases : [...phrases, ...words.flatMap(partsOf)];
}

function phrasesOf(words: readonly string[]): string[] {
  const phrases = [...words];
  for (let length = 2; length <= LONGEST_PHRASE; length++) {
    for (let at = 0; at + length <= words.length; at++) {
      phrases.push(words.slice(at, at + length).join(' '));
    }
  }
  return phrases;
}

/** Of a word with a mark at either end; in square brackets, so that none is taken for a word. */
function partsOf(word: string): string[] {
  const letters = Array.from(`_${word}_`);
  return PARTS.flatMap((length) =>
    Array.from(
      { length: Math.max(0, letters.length - length + 1) },
      (_, at) => `[${letters.slice(at, at + length).join('')}]`,
    ),
  );
}
