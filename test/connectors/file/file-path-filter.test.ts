import { describe, expect, it } from 'vitest';
import { FilePathFilter, GlobFilePathFilter } from '../../../src/connectors/file/file-path-filter.js';

const read = (includes: string[], excludes: string[], ...paths: string[]): string[] => {
  const filter = new GlobFilePathFilter(includes, excludes);
  return paths.filter((path) => !filter.filterPath(path));
};

describe('a filter of patterns', () => {
  it('reads everything without patterns', () => {
    expect(new GlobFilePathFilter().filterPath('dir/file.txt')).toBe(false);
    expect(read([], [], 'dir/file.txt')).toEqual(['dir/file.txt']);
  });

  it('reads what matches a pattern to include, and none to exclude', () => {
    expect(read(['dir/*'], [], 'dir/file.txt', 'dir1/file.txt')).toEqual(['dir/file.txt']);
    expect(read(['dir/*'], ['dir/file.txt'], 'dir/file.txt', 'dir/other.txt')).toEqual(['dir/other.txt']);
    expect(read(['**'], ['**/b.bin', '**/c'], '/x/a', '/x/b.bin', '/x/c')).toEqual(['/x/a']);
  });

  it('knows one character, sets, ranges and alternatives', () => {
    expect(read(['dir/?.txt'], [], 'dir/a.txt', 'dir/aa.txt', 'dir//.txt')).toEqual(['dir/a.txt']);
    expect(read(['dir/[acd].txt'], [], 'dir/a.txt', 'dir/c.txt', 'dir/z.txt')).toEqual(['dir/a.txt', 'dir/c.txt']);
    expect(read(['dir/[a-d].txt'], [], 'dir/b.txt', 'dir/z.txt')).toEqual(['dir/b.txt']);
    expect(read(['dir/[!a-d].txt'], [], 'dir/b.txt', 'dir/z.txt', 'dir//.txt')).toEqual(['dir/z.txt']);
    expect(read(['*.{csv,txt}'], [], 'a.csv', 'a.txt', 'a.bin', 'a.,')).toEqual(['a.csv', 'a.txt']);
  });

  it('stays in a folder with one star, and leaves it with two', () => {
    expect(read(['*'], [], 'a', 'a/b', 'a/b/c')).toEqual(['a']);
    expect(read(['**'], [], 'a', 'a/b', 'a/b/c')).toEqual(['a', 'a/b', 'a/b/c']);
  });

  it('takes a character behind a backslash for itself, and others that mean something elsewhere', () => {
    expect(read(['**'], ['\\*'], '*', '**', 'other.txt')).toEqual(['**', 'other.txt']);
    expect(read(['a.b'], [], 'a.b', 'axb')).toEqual(['a.b']);
    expect(read(['a+(b)'], [], 'a+(b)', 'aab')).toEqual(['a+(b)']);
  });

  it('does not see the scheme and the host of an address', () => {
    expect(read(['**'], ['/dir/file2.txt'], 'hdfs:///dir/file1.txt', 'hdfs:///dir/file2.txt', 's3://bucket/dir/file2.txt')).toEqual(['hdfs:///dir/file1.txt']);
  });

  it('is refused what are no patterns', () => {
    expect(() => new GlobFilePathFilter(null as never)).toThrow();
    expect(() => new GlobFilePathFilter([], [1] as never)).toThrow('two lists of patterns');
    expect(() => new GlobFilePathFilter(['{a,b'])).toThrow('closes its braces');
  });
});

it("Flink's default filter passes over hidden names and files that are being copied", () => {
  const paths = ['/x/a', '/x/.a', '/x/_a', '/x/a._COPYING_', '/_x/a'];
  expect(paths.filter((path) => !FilePathFilter.createDefaultFilter().filterPath(path))).toEqual(['/x/a', '/_x/a']);
});
