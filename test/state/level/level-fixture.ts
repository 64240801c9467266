// A backend in LevelDB in a folder of its own, with so little memory that most of its state is in the database.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { ClassRegistry } from '../../../src/core/serialization/class-registry.js';
import type { StateBackend } from '../../../src/state/state-backend.js';
import { LevelBackend, type LevelBackendOptions } from '../../../src/state/level/level-backend.js';

export const TIGHT = { batchEntries: 1, generationEntries: 3 };

/** Everything that a file's tests make, undone after each. */
export class LevelFixture {
  readonly folder = mkdtempSync(join(tmpdir(), 'level-test-'));
  readonly failures: unknown[] = [];
  private readonly open: StateBackend[] = [];

  constructor() {
    afterEach(async () => {
      for (const backend of this.open.splice(0)) await backend.close?.();
      const left = readdirSync(this.folder);
      if (left.length > 0) throw new Error(`working folders are left: ${left.join(', ')}`);
      const failures = this.failures.splice(0);
      if (failures.length > 0) throw failures[0];
    });
    afterAll(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  make(options: Partial<LevelBackendOptions> = {}): LevelBackend {
    const backend = new LevelBackend({
      operator: 'op', keyGroups: { range: { start: 0, end: 127 }, maxParallelism: 128 }, classes: new ClassRegistry(), localDirectory: this.folder,
      fail: (error) => this.failures.push(error), ...options,
    });
    this.open.push(backend);
    return backend;
  }
}
