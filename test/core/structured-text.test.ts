/** Lists in one text, as Flink splits them. */
import { describe, expect, it } from 'vitest';
import { splitText } from '../../src/core/structured-text.js';

describe('a list in one text', () => {
  it.each([
    ["'A;B';C", ['A;B', 'C']], ["'A;B';'C'", ['A;B', 'C']], ['A;B;C', ['A', 'B', 'C']], ["'AB''D;B';C", ["AB'D;B", 'C']], ["A'BD;B';C", ["A'BD", "B'", 'C']],
    ['"A;B";C', ['A;B', 'C']], ['"AB""D;B";C', ['AB"D;B', 'C']], ['A"BD;B";C', ['A"BD', 'B"', 'C']],
    [`'AB"D';B;C`, ['AB"D', 'B', 'C']], [`'AB"''D;B';C`, [`AB"'D;B`, 'C']], [`"AB'""D;B";C`, [`AB'"D;B`, 'C']],
    ["   'A;B'    ;   C   ", ['A;B', 'C']], ["'A;B'    ;C A", ['A;B', 'C A']], ["' A    ;B'    ;'   C'", [' A    ;B', '   C']], ['', []], [';B', ['', 'B']],
  ])('%s has its parts, without the quotes that open them and the blanks around them', (written, parts) => {
    expect(splitText(written, ';')).toEqual({ parts });
    expect(splitText(written.replaceAll(';', ','), ',')).toEqual({ parts: parts.map((part) => part.replaceAll(';', ',')) });
  });

  it.each([["'AB'D;B;C", 'illegal quoting at position 3'], ['"AB"D;B;C', 'illegal quoting at position 3'], ["'A", 'a quote is not closed'], ["C;'", 'a quote is not closed'], ['C;"', 'a quote is not closed']])('%s is none', (written, problem) => {
    expect(splitText(written, ';')).toEqual({ problem });
  });
});
