/**
 * From what a user wrote as an address in S3 to the objects to be read: an object, a folder (what keys have in common up
 * to a slash), or a pattern. What matches, and in which order, is as for files.
 */
import { FlinkError } from '../../core/errors.js';
import { openedBucket } from '../../s3/opened-buckets.js';
import type { S3Bucket, S3Object } from '../../s3/s3-bucket.js';
import { s3LocationOf, s3Path } from '../../s3/s3-location.js';
import { formOf } from './file-form.js';
import type { FileSearch, FoundFile } from './find-files.js';
import { expandBraces, isGlob, isHidden, segmentMatcher } from './glob.js';
import { unreadable } from './unreadable.js';

type Matcher = ((name: string) => boolean) | 'any folders';

/** Everything there is to read at `path`. Throws `INPUT_UNREADABLE` naming path and reason. */
export async function findObjects(path: string, search: FileSearch): Promise<FoundFile[]> {
  const location = s3LocationOf(path);
  if (!location) throw new FlinkError('INPUT_UNREADABLE', `Cannot read ${path}: it is not an address in S3`, { hint: 'Write s3://bucket/folder/name.txt.' });
  try {
    const bucket = await openedBucket(location.bucket, search.fileSystems);
    const given = await literally(bucket, location.key, search.recursive);
    const found = given ?? (isGlob(location.key) ? await matching(bucket, location.key, search.recursive) : undefined);
    if (!found) throw new Error('it does not exist');
    if (found.length === 0 && !given && !search.maybeNone) {
      throw new FlinkError('INPUT_UNREADABLE', `Cannot read ${path}: no object matches the pattern`, { hint: 'Check the pattern; names that begin with "." or "_" match only when the pattern says so.' });
    }
    return found.filter(({ key }) => !search.skip?.(s3Path(bucket.name, key))).map(({ key, size, modified }) => ({ path: s3Path(bucket.name, key), form: formOf(key), size, modified }));
  } catch (cause) {
    throw cause instanceof FlinkError ? cause : unreadable(path, cause);
  }
}

/** The object of this key, or what is in the folder; undefined when there is neither. */
async function literally(bucket: S3Bucket, key: string, recursive: boolean): Promise<S3Object[] | undefined> {
  const prefix = key === '' ? '' : `${key}/`;
  const [object, { objects, folders }] = await Promise.all([key === '' ? undefined : bucket.head(key), bucket.list(prefix, recursive ? {} : { delimiter: '/' })]);
  if (object) return [object];
  if (objects.length === 0 && folders.length === 0 && key !== '') return undefined;
  return objects.filter((each) => isFile(each) && !each.key.slice(prefix.length).split('/').some(isHidden));
}

async function matching(bucket: S3Bucket, pattern: string, recursive: boolean): Promise<S3Object[]> {
  const found = new Map<string, S3Object>();
  for (const one of expandBraces(pattern)) {
    const segments = one.split('/');
    const plain = segments.findIndex((segment) => isGlob(segment));
    const prefix = segments.slice(0, plain < 0 ? segments.length : plain).join('/');
    const matchers = segments.map((segment): Matcher => (segment === '**' ? 'any folders' : isGlob(segment) ? segmentMatcher(segment) : (name) => name === segment));
    const { objects } = await bucket.list(prefix === '' || plain < 0 ? prefix : `${prefix}/`);
    for (const object of objects) if (isFile(object) && matches(matchers, object.key.split('/'), recursive)) found.set(object.key, object);
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Whether the pattern means these names: all of them, or the first of them as a folder. */
function matches([first, ...rest]: readonly Matcher[], names: readonly string[], recursive: boolean): boolean {
  if (first === undefined) return names.length === 0 || ((recursive || names.length === 1) && !names.some(isHidden));
  if (first === 'any folders') {
    if (rest.length === 0) return names.length > 0 && !names.some(isHidden);
    return names.some((_, folders) => !names.slice(0, folders).some(isHidden) && matches(rest, names.slice(folders), recursive));
  }
  return names.length > 0 && first(names[0]!) && matches(rest, names.slice(1), recursive);
}

/** A folder that was made has an object, too. */
function isFile({ key }: S3Object): boolean {
  return !key.endsWith('/');
}
