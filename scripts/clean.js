// Removes everything a build makes.
import { rmSync } from 'node:fs';

for (const made of ['dist', 'coverage', 'oclif.manifest.json']) rmSync(new URL(`../${made}`, import.meta.url), { recursive: true, force: true });
