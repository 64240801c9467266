// WordCount as a person would write it for speed in Node, with no engine: blocks, lines, words, a Map.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const counts = new Map();
const decoder = new StringDecoder('utf8');
const block = Buffer.allocUnsafe(1 << 16);
const file = openSync(process.argv[2], 'r');
let rest = '';
for (let bytes = readSync(file, block); bytes > 0; bytes = readSync(file, block)) {
  const text = rest + decoder.write(block.subarray(0, bytes));
  let from = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
    count(text.substring(from, end));
    from = end + 1;
  }
  rest = text.substring(from);
}
count(rest + decoder.end());
closeSync(file);

let output = '';
for (const [word, { n }] of counts) output += `${word} ${n}\n`;
for (let bytes = Buffer.from(output), sent = 0; sent < bytes.length; ) sent += writeSync(1, bytes, sent);

function count(line) {
  for (const word of line.split(/[ \t\n\v\f\r]+/)) {
    if (word === '') continue;
    const entry = counts.get(word);
    if (entry === undefined) counts.set(word, { n: 1 });
    else entry.n++;
  }
}
