/** A program's arguments as one text. */
import { expect, it } from 'vitest';
import { programWords } from '../../src/dispatcher/program-words.js';

it.each([
  ['--foo bar', ['--foo', 'bar']], ["--foo 'bar baz '", ['--foo', 'bar baz ']], ['--name "K. "', ['--name', 'K. ']], ['  a \t b\n', ['a', 'b']], ['', []], [`"it's" 'say "so"' ""`, ["it's", 'say "so"', '']],
])('%j: words are between blanks, or in quotes', (text, words) => expect(programWords(text)).toEqual(words));
