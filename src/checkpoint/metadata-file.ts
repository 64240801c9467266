/**
 * The bytes of a `_metadata` file:
 *
 *     flink-ts snapshot
 *     <version> <bytes of the document> <bytes after it> <CRC-32>
 *     <the document: JSON><inline state, one after another>
 *
 * Invariants:
 * - The first two lines keep this form in every version, so that a newer file is told from a broken one: the checksum
 *   covers the version, the lengths and everything that follows.
 * - Where the document holds `{ kind: 'inline', at, length }`, the bytes are so far behind the document's end.
 */
import { crc32 } from 'node:zlib';
import { FlinkError } from '../core/errors.js';
import type { SnapshotMetadata } from './snapshot-metadata.js';

const MAGIC = 'flink-ts snapshot\n';
const VERSION = 1;
/** No second line is longer. */
const SECOND_LINE_MAX = 80;

let schema: Promise<typeof import('./metadata-schema.js')> | undefined;

/** What checks a document, loaded when the first snapshot is read: most processes read none. */
export function metadataSchema(): Promise<typeof import('./metadata-schema.js')> {
  return (schema ??= import('./metadata-schema.js'));
}

export function encodeMetadata(metadata: SnapshotMetadata): Uint8Array {
  const inline: Uint8Array[] = [];
  let at = 0;
  const text = JSON.stringify(metadata, (_, value: unknown) => {
    if (!isInline(value)) return value;
    const { bytes } = value;
    inline.push(bytes);
    at += bytes.length;
    return { kind: 'inline', at: at - bytes.length, length: bytes.length };
  });
  const document = Buffer.from(text);
  const lengths = `${VERSION} ${document.length} ${at}`;
  const checksum = checksumOf(lengths, [document, ...inline]);
  return Buffer.concat([Buffer.from(`${MAGIC}${lengths} ${checksum}\n`), document, ...inline]);
}

/** @param path for messages. Rejects with SNAPSHOT_FOREIGN, SNAPSHOT_VERSION, SNAPSHOT_TRUNCATED or SNAPSHOT_CORRUPT. */
export async function decodeMetadata(file: Uint8Array, path: string): Promise<SnapshotMetadata> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const { version, document, inline } = sections(bytes, path);
  if (version !== VERSION) throw new FlinkError('SNAPSHOT_VERSION', `${path} has version ${version}, this engine reads version ${VERSION}`);
  const { SnapshotMetadataSchema } = await metadataSchema();
  const parsed = SnapshotMetadataSchema.safeParse(withBytes(document, inline, path));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw corrupt(path, `its document is not valid: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function sections(bytes: Buffer, path: string): { version: number; document: Buffer; inline: Buffer } {
  const beginning = bytes.toString('latin1', 0, MAGIC.length);
  if (beginning !== MAGIC) {
    if (MAGIC.startsWith(beginning)) throw truncated(path, `only ${bytes.length} bytes are there`);
    throw new FlinkError('SNAPSHOT_FOREIGN', `${path} was not written by this engine: expected it to begin with "${MAGIC.trim()}"`);
  }
  const lineEnd = bytes.indexOf('\n', MAGIC.length);
  if (lineEnd < 0 && bytes.length < MAGIC.length + SECOND_LINE_MAX) throw truncated(path, `only ${bytes.length} bytes are there`);
  const line = bytes.toString('latin1', MAGIC.length, Math.max(lineEnd, MAGIC.length));
  const numbers = /^(\d{1,9}) (\d{1,15}) (\d{1,15}) (\d{1,10})$/.exec(line)?.slice(1).map(Number);
  if (!numbers) throw corrupt(path, 'its second line is not one of ours');
  const [version, documentBytes, inlineBytes, checksum] = numbers as [number, number, number, number];
  const start = lineEnd + 1;
  const expected = start + documentBytes + inlineBytes;
  if (bytes.length < expected) throw truncated(path, `${expected} bytes were written, ${bytes.length} are there`);
  const found = checksumOf(`${version} ${documentBytes} ${inlineBytes}`, [bytes.subarray(start)]);
  if (found !== checksum) throw corrupt(path, 'its checksum is another');
  const inlineStart = start + documentBytes;
  return { version, document: bytes.subarray(start, inlineStart), inline: bytes.subarray(inlineStart) };
}

function withBytes(document: Buffer, inline: Buffer, path: string): unknown {
  try {
    return JSON.parse(document.toString(), (_, value: unknown) => {
      if (!isInlineReference(value)) return value;
      return { kind: 'inline', bytes: Uint8Array.from(inline.subarray(value.at, value.at + value.length)) };
    });
  } catch (cause) {
    throw corrupt(path, `its document is not JSON: ${(cause as Error).message}`);
  }
}

function isInline(value: unknown): value is { kind: 'inline'; bytes: Uint8Array } {
  return typeof value === 'object' && value !== null && 'bytes' in value && 'kind' in value && value.kind === 'inline';
}

function isInlineReference(value: unknown): value is { kind: 'inline'; at: number; length: number } {
  return typeof value === 'object' && value !== null && 'at' in value && 'length' in value && 'kind' in value && value.kind === 'inline';
}

function checksumOf(lengths: string, parts: readonly Uint8Array[]): number {
  return parts.reduce((checksum, part) => crc32(part, checksum), crc32(lengths));
}

function truncated(path: string, how: string): FlinkError {
  return new FlinkError('SNAPSHOT_TRUNCATED', `${path} is cut off: ${how}`);
}

function corrupt(path: string, how: string): FlinkError {
  return new FlinkError('SNAPSHOT_CORRUPT', `${path} is not as it was written: ${how}`);
}
