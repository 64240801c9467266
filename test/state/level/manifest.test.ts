import { Level } from 'level';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkDatabase } from '../../../src/state/level/link-database.js';
import { parseManifest } from '../../../src/state/level/manifest.js';

const SMALL = { writeBufferSize: 64 * 1024, maxFileSize: 64 * 1024 } as object;

describe('the MANIFEST of a database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'manifest-test-'));
  let bytes: Buffer;
  let tables: string[];

  beforeAll(async () => {
    const database = new Level(folder, SMALL);
    for (let round = 0; round < 60; round++) {
      await database.batch(Array.from({ length: 200 }, (_, n) => ({ type: 'put' as const, key: `${n % 150} ${round % 7}`, value: `${round}`.repeat(40) })));
    }
    await database.close();
    bytes = readFileSync(join(folder, readFileSync(join(folder, 'CURRENT')).toString().trim()));
    tables = readdirSync(folder).filter((name) => name.endsWith('.ldb'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('names the tables that there are', () => {
    const manifest = parseManifest(bytes);
    expect(manifest.complete).toBe(true);
    expect(tables.length).toBeGreaterThan(1);
    expect(tables).toEqual(expect.arrayContaining([...manifest.tables].map((table) => `${String(table).padStart(6, '0')}.ldb`)));
    expect(manifest.tables.size).toBeGreaterThan(0);
    expect(readdirSync(folder).some((name) => Number.parseInt(name, 10) === manifest.log)).toBe(true);
  });

  it('is not complete while its last record is being written', () => {
    for (const cut of [1, 5, 20]) expect(parseManifest(bytes.subarray(0, bytes.length - cut)).complete).toBe(false);
  });

  it('is refused when a bit of it has changed, and when it is something else', () => {
    const changed = Buffer.from(bytes);
    changed[20]! ^= 4;
    expect(() => parseManifest(changed)).toThrow(expect.objectContaining({ code: 'STATE_STORE' }));
    expect(() => parseManifest(Buffer.from('no manifest, but long enough to be read as one'.repeat(10)))).not.toThrow(TypeError);
  });
});

it('a linked copy has everything that was written, while compactions go on, and leaves the database whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'link-test-'));
  try {
    const database = new Level<string, string>(join(folder, 'live'), SMALL);
    const model = new Map<string, string>();
    for (let round = 0; round < 25; round++) {
      for (let part = 0; part < 4; part++) {
        const batch = Array.from({ length: 400 }, (_, n) => ({ type: 'put' as const, key: `key ${(n * 37 + round * 101 + part) % 3_000}`, value: `${round}-${n}-`.repeat(8) }));
        for (const { key, value } of batch) model.set(key, value);
        await database.batch(batch);
      }
      const copy = join(folder, `copy ${round}`);
      await linkDatabase(join(folder, 'live'), copy);
      const opened = new Level<string, string>(copy, SMALL);
      expect(new Map(await opened.iterator().all())).toEqual(model);
      await opened.put('of the copy', 'x'.repeat(100_000));
      await opened.close();
      rmSync(copy, { recursive: true });
    }
    expect(new Map(await database.iterator().all())).toEqual(model);
    await database.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
