import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LevelStore, type StoredPair } from '../../../src/state/level/level-store.js';

let folder: string;
let store: LevelStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'level-store-'));
  store = await LevelStore.open(join(folder, 'database'));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function put(entries: number, bytes: number): Promise<void> {
  const batch = store.batch();
  for (let n = 0; n < entries; n++) batch.put(String(n).padStart(6, '0'), Buffer.alloc(bytes, n));
  await store.write(batch);
}

async function chunks(): Promise<StoredPair[][]> {
  const view = store.view();
  const found: StoredPair[][] = [];
  for await (const chunk of view.chunks()) found.push(chunk);
  await view.close();
  return found;
}

it('small entries are read two thousand at a time: a busy thread hears of one chunk in each round of its event loop', async () => {
  await put(5_000, 80);
  const found = await chunks();
  expect(found.map(({ length }) => length)).toEqual([2_000, 2_000, 1_000]);
  expect(found.flat().map(([text]) => Number(text))).toEqual(Array.from({ length: 5_000 }, (_, n) => n));
});

it('large entries are read a megabyte at a time', async () => {
  await put(100, 100_000);
  const found = await chunks();
  expect(Math.max(...found.map((chunk) => chunk.reduce((sum, [, value]) => sum + value.length, 0)))).toBeLessThan(1_300_000);
  expect(found.flat()).toHaveLength(100);
});

it('a view that is given up in the middle closes, and the database with it', async () => {
  await put(5_000, 80);
  const view = store.view();
  for await (const chunk of view.chunks()) {
    expect(chunk).toHaveLength(2_000);
    break;
  }
  await view.close();
});
