/**
 * Bundles that clients have uploaded (Flink: jars), each a file of a folder.
 *
 * Invariant: what a client calls a bundle never leads out of the folder: an id has one form, and only its last part
 * comes from the client.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Random, randomHex } from '../core/random.js';
import { RestError } from '../rest/rest-error.js';

/** As Flink names them: a UUID and the client's name of the file. */
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}_[\w.-]+$/;
const NAME_LENGTH_MAX = 100;

export interface UploadedBundle {
  readonly id: string;
  /** As the client named it. */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly uploaded: number;
}

export class UploadedBundles {
  constructor(readonly folder: string, private readonly random: Random) {}

  /** @returns the path of the file; its last part is the id. */
  add(name: string, content: Uint8Array): string {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const plain = basename(name.replaceAll('\\', '/')).replaceAll(/[^\w.-]/g, '_').slice(-NAME_LENGTH_MAX);
    const path = join(this.folder, `${this.newUuid()}_${/[^.]/.test(plain) ? plain : 'bundle.mjs'}`);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  private newUuid(): string {
    return [8, 4, 4, 4, 12].map((digits) => randomHex(this.random, digits)).join('-');
  }

  /** Newest first. */
  all(): readonly UploadedBundle[] {
    const names = statSync(this.folder, { throwIfNoEntry: false }) ? readdirSync(this.folder) : [];
    const found = names.filter((id) => ID.test(id)).flatMap((id) => {
      const file = statSync(join(this.folder, id), { throwIfNoEntry: false });
      return file ? [{ id, name: id.slice(id.indexOf('_') + 1), uploaded: Math.floor(file.mtimeMs) }] : [];
    });
    return found.sort((a, b) => b.uploaded - a.uploaded);
  }

  /** The path of a bundle that is there; otherwise throws what answers the request. */
  path(id: string): string {
    const path = join(this.folder, id);
    if (!ID.test(id) || !statSync(path, { throwIfNoEntry: false })?.isFile()) throw new RestError(404, `There is no bundle ${id}.`);
    return path;
  }

  /** Throws what answers the request where there is none: in Flink a mistake of whoever asks. */
  delete(id: string): void {
    if (!this.all().some((bundle) => bundle.id === id)) throw new RestError(400, `File ${id} does not exist in ${this.folder}.`);
    rmSync(this.path(id));
  }
}
