/** Bundles that clients upload. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/core/random.js';
import { UploadedBundles } from '../../src/dispatcher/uploaded-bundles.js';

let root: string;
let bundles: UploadedBundles;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'flink-bundles-'));
  bundles = new UploadedBundles(join(root, 'jars'), systemRandom);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const nasty = fc.oneof(fc.string(), fc.constantFrom('..', '.', '', '/', '\\', '../../x', '..\\x', '%2e%2e%2f', 'a/../../b', '/etc/passwd', '\0', 'x'.repeat(400)));

describe('an uploaded bundle', () => {
  it('lies in the folder, whatever the client calls it', () => fc.assert(fc.property(nasty, (name) => {
    const path = bundles.add(name, new Uint8Array([1]));
    expect(dirname(path)).toBe(bundles.folder);
    expect(bundles.path(basename(path))).toBe(path);
    expect(readdirSync(root)).toEqual(['jars']);
  })));

  it('is found under its own id only', () => fc.assert(fc.property(nasty, (id) => {
    expect(() => bundles.path(id)).toThrow(/There is no bundle/);
  })));

  it('that is deleted leaves its neighbours alone', () => {
    writeFileSync(join(root, 'secret'), 'x');
    expect(() => bundles.delete('../secret')).toThrow(/^File \.\.\/secret does not exist in /);
    const id = basename(bundles.add('job.mjs', new Uint8Array([1])));
    bundles.delete(id);
    expect([existsSync(join(root, 'secret')), bundles.all()]).toEqual([true, []]);
  });
});
