// The text that WordCount counts: about 50,000 different words, as unevenly frequent as in a real text, always the
// same. Made once and kept in the machine's temporary folder.
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const VOCABULARY = 50_000;
const WORDS_PER_LINE = 12;
const BLOCK_CHARS = 1 << 20;

/** Makes the text if it is not there; answers with the path of the whole and of its two halves (each whole lines). */
export function textOfSize(bytes) {
  const folder = join(tmpdir(), 'flink-ts-bench');
  const name = (part) => join(folder, `words-${bytes}${part}.txt`);
  const paths = { whole: name(''), halves: [name('-first'), name('-second')] };
  if (!existsSync(paths.whole)) {
    mkdirSync(folder, { recursive: true });
    write(paths, bytes);
  }
  return paths;
}

function write({ whole, halves }, bytes) {
  const making = `${whole}.making`;
  const file = openSync(making, 'w');
  const half = halves.map((path) => openSync(path, 'w'));
  const next = generator(42);
  const words = Array.from({ length: VOCABULARY }, () => word(next));
  for (let written = 0; written < bytes; ) {
    const lines = block(words, next, Math.min(BLOCK_CHARS, bytes - written));
    writeSync(half[written < bytes / 2 ? 0 : 1], lines);
    written += writeSync(file, lines);
  }
  for (const open of [file, ...half]) closeSync(open);
  renameSync(making, whole);
}

function block(words, next, chars) {
  let text = '';
  while (text.length < chars) {
    for (let index = 0; index < WORDS_PER_LINE; index++) text += words[rank(next)] + (index === WORDS_PER_LINE - 1 ? '\n' : ' ');
  }
  return text;
}

/** Zipf's law by its inverse: the word of rank r appears about 1/r as often as the first. */
function rank(next) {
  return Math.floor(VOCABULARY ** next()) - 1;
}

function word(next) {
  const length = 3 + Math.floor(next() * 7);
  return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(next() * 26))).join('');
}

/** mulberry32: uniform numbers in [0, 1), the same for the same seed. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
