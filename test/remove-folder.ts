/** Deletes a folder in which processes on their way out may still write: Node's own retries do not look for new files. */
import { rmSync } from 'node:fs';
import { eventually } from './eventually.js';

export const removeFolder = (path: string): Promise<void> => eventually(() => rmSync(path, { recursive: true, force: true }));
