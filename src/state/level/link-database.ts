/**
 * A copy of a live database that shares its tables: they never change, so links to them will do.
 *
 * Only the tables that the MANIFEST names are linked. Others may still be written by a compaction, and a database opened
 * on the copy would give their numbers to tables of its own, writing into the live one's.
 * The copy's MANIFEST says the same in one change: that of a database which has been open for days has millions.
 * Invariant: the copy is never opened where it is: LevelDB appends to what it finds.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FlinkError } from '../../core/errors.js';
import { ManifestFollower } from './manifest.js';
import { storeFailed } from './store-failure.js';

const ATTEMPTS = 100;
/** Tables linked at the same time, while records go on. */
const LINKS = 32;

export interface LinkedDatabase {
  readonly folder: string;
  /** Names of files that never change under their name. */
  readonly tables: readonly string[];
  /** Names of the others. */
  readonly others: readonly string[];
}

/**
 * To be called while nothing is written; compactions may go on. The folder must not exist. Rejects with STATE_STORE, and
 * leaves nothing then.
 */
export async function linkDatabase(from: string, folder: string, manifest = new ManifestFollower(from)): Promise<LinkedDatabase> {
  try {
    return await linked(from, folder, manifest);
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw error instanceof FlinkError ? error : storeFailed('copied for a checkpoint', from, error);
  }
}

async function linked(from: string, folder: string, manifest: ManifestFollower): Promise<LinkedDatabase> {
  await mkdir(folder, { recursive: true });
  const tables = new Set<string>();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const made = await tryLink(from, folder, tables, manifest);
    if (made) return made;
  }
  throw new FlinkError('STATE_STORE', `the database in ${from} did not hold still for a snapshot: its files changed ${ATTEMPTS} times`);
}

async function tryLink(from: string, folder: string, linked: Set<string>, manifest: ManifestFollower): Promise<LinkedDatabase | undefined> {
  try {
    const found = manifest.read();
    if (!found) return undefined;
    const { tables, log, previousLog } = found;
    const live = new Set([...tables.keys()].map((table) => `${String(table).padStart(6, '0')}.ldb`));
    for (const table of linked) {
      if (live.has(table)) continue;
      rmSync(join(folder, table));
      linked.delete(table);
    }
    await linkTables(from, folder, [...live].filter((table) => !linked.has(table)), linked);
    const logs = readdirSync(from).filter((file) => file.endsWith('.log') && (Number.parseInt(file, 10) >= log || Number.parseInt(file, 10) === previousLog));
    await Promise.all(logs.map((file) => copyFile(join(from, file), join(folder, file))));
    if (manifest.changed()) {
      for (const file of logs) rmSync(join(folder, file));
      return undefined;
    }
    const { name } = manifest;
    writeFileSync(join(folder, name), found.toBytes());
    writeFileSync(join(folder, 'CURRENT'), `${name}\n`);
    return { folder, tables: [...live], others: [...logs, name, 'CURRENT'] };
  } catch (error) {
    // A compaction has just removed a file.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @param linked gets those that are; also when one cannot be. */
async function linkTables(from: string, folder: string, tables: readonly string[], linked: Set<string>): Promise<void> {
  for (let at = 0; at < tables.length; at += LINKS) {
    const ends = await Promise.allSettled(tables.slice(at, at + LINKS).map(async (table) => {
      await link(join(from, table), join(folder, table));
      linked.add(table);
    }));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
}
