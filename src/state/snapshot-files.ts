/**
 * The files of a snapshot as whoever writes or reads state sees them; where they are is the storage's business.
 *
 * Invariants:
 * - What `finish` answered can be read back byte for byte, also after the machine has lost power.
 * - A reader checks size and checksum of what it reads and throws `SNAPSHOT_CORRUPT` naming the file.
 */

/** Plain data, kept in the snapshot's metadata. */
export type SnapshotFile =
  /** Small: the bytes are in the metadata. */
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'file';
      /** In the snapshot's own folder, or in the folder that checkpoints of a job share. */
      readonly scope: 'exclusive' | 'shared';
      /** The file's name inside that folder. */
      readonly name: string;
      readonly size: number;
      /** CRC-32 of all bytes. */
      readonly checksum: number;
    };

export interface SnapshotOutput {
  /** Bytes written so far. */
  readonly position: number;
  /** Takes the bytes, which the caller must not change any more. Errors come with `finish`. */
  write(bytes: Uint8Array): void;
  /** Resolves when what has been written so far takes no memory any more; absent where it stays there. Rejects as `finish` will. */
  settled?(): Promise<void>;
  /** Resolves when everything is stored for good. */
  finish(): Promise<SnapshotFile>;
  /** Forgets what was written. Idempotent; after `finish` it has no effect. */
  discard(): Promise<void>;
}

export interface SnapshotStreams {
  /** A new file; `shared` only where later snapshots may refer to it. */
  open(scope: 'exclusive' | 'shared'): SnapshotOutput;
  /** Deletes a shared file that was finished, of a snapshot that came to nothing before anybody was told of it. Never rejects. */
  forget?(file: SnapshotFile): Promise<void>;
}

export interface SnapshotReader {
  /** The bytes of a file, or of a part of it. */
  read(file: SnapshotFile, offset?: number, length?: number): Promise<Uint8Array>;
}
