import { Level } from 'level';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkDatabase } from '../../../src/state/level/link-database.js';
import { Manifest, ManifestFollower } from '../../../src/state/level/manifest.js';
import { recordsOf } from '../../../src/state/level/manifest-log.js';

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

  /** All that two of them say. */
  const said = (manifest: Manifest): unknown => ({ ...manifest, length: undefined });
  const parsed = (...parts: readonly Buffer[]): Manifest => {
    const manifest = new Manifest();
    for (const part of parts) expect(manifest.append(part)).toBe(true);
    return manifest;
  };

  it('names the tables that there are', () => {
    const manifest = parsed(bytes);
    expect(manifest.length).toBe(bytes.length);
    expect(tables.length).toBeGreaterThan(1);
    expect(tables).toEqual(expect.arrayContaining([...manifest.tables.keys()].map((table) => `${String(table).padStart(6, '0')}.ldb`)));
    expect(manifest.tables.size).toBeGreaterThan(0);
    expect(readdirSync(folder).some((name) => Number.parseInt(name, 10) === manifest.log)).toBe(true);
  });

  it('is not complete while its last record is being written, and goes on from there', () => {
    for (const cut of [1, 5, 20, bytes.length - 1, bytes.length - 40]) {
      const manifest = new Manifest();
      expect(manifest.append(bytes.subarray(0, bytes.length - cut))).toBe(false);
      expect(manifest.append(bytes.subarray(manifest.length))).toBe(true);
      expect(said(manifest)).toEqual(said(parsed(bytes)));
    }
  });

  it('says the same in one change', () => {
    const manifest = parsed(bytes);
    const short = manifest.toBytes();
    expect(recordsOf(short).records).toHaveLength(1);
    expect(short.length).toBeLessThan(bytes.length / 2);
    expect(said(parsed(short))).toEqual(said(manifest));
  });

  it('of any number of tables is written in blocks, as LevelDB reads them', () => {
    for (const count of [0, 1, 500, 2_000]) {
      const manifest = parsed(bytes);
      for (let n = 0; n < count; n++) manifest.tables.set(1_000 + n, { level: n % 7, size: n * 1_000_003, smallest: Buffer.alloc(30, n), largest: Buffer.alloc(60, n) });
      expect(said(parsed(manifest.toBytes()))).toEqual(said(manifest));
    }
  });

  it('is refused when a bit of it has changed, and when it is something else', () => {
    const changed = Buffer.from(bytes);
    changed[20]! ^= 4;
    expect(() => new Manifest().append(changed)).toThrow(expect.objectContaining({ code: 'STATE_STORE' }));
    expect(() => new Manifest().append(Buffer.from('no manifest, but long enough to be read as one'.repeat(10)))).not.toThrow(TypeError);
  });

  it('is followed without being read from its beginning, until the database has another', async () => {
    const follower = new ManifestFollower(folder);
    expect(said(follower.read()!)).toEqual(said(parsed(bytes)));
    expect(follower.changed()).toBe(false);
    const database = new Level(folder, SMALL);
    await database.open();
    expect(follower.changed()).toBe(true);
    const reopened = follower.read()!;
    const { length } = reopened;
    // A table is written some time after the batch with which the log is full.
    for (let round = 0; !follower.changed(); round++) {
      await database.batch(Array.from({ length: 500 }, (_, n) => ({ type: 'put' as const, key: `more ${n} ${round}`, value: String(Math.imul(n, 2_654_435_761)).repeat(9) })));
    }
    await database.close();
    expect(follower.read()).toBe(reopened);
    expect(reopened.length).toBeGreaterThan(length);
    expect(said(reopened)).toEqual(said(parsed(readFileSync(join(folder, follower.name)))));
  });
});

it('a linked copy has everything that was written, while compactions go on, and leaves the database whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'link-test-'));
  try {
    const database = new Level<string, string>(join(folder, 'live'), SMALL);
    const manifest = new ManifestFollower(join(folder, 'live'));
    const model = new Map<string, string>();
    for (let round = 0; round < 25; round++) {
      for (let part = 0; part < 4; part++) {
        const batch = Array.from({ length: 400 }, (_, n) => ({ type: 'put' as const, key: `key ${(n * 37 + round * 101 + part) % 3_000}`, value: `${round}-${n}-`.repeat(8) }));
        for (const { key, value } of batch) model.set(key, value);
        await database.batch(batch);
      }
      const copy = join(folder, `copy ${round}`);
      await linkDatabase(join(folder, 'live'), copy, manifest);
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
