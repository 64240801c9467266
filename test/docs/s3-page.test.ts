/** The example of the page on S3, run as it stands there against a server, and the commands as far as they can be checked. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findOption } from '../../src/core/options.js';
import { repository } from '../jobs/flink.js';
import { workspace } from '../commands/flink.js';
import { S3Server } from '../s3/s3-server.js';
import { lines } from './example.js';

const page = readFileSync(join(repository, 'docs/s3.md'), 'utf8');
const block = (kind: string): string => new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)![1]!;
const { path, file, flink } = workspace();

let server: S3Server;
beforeAll(async () => void (server = await S3Server.start('words')));
afterAll(() => server.close());

it('reads, counts and writes as the page says, with its configuration', async () => {
  writeFileSync(join(path, 'config.yaml'), block('yaml').replace('http://localhost:9000', server.endpoint));
  for (const [key, text] of [['in/a.txt', 'to be\nor not\n'], ['in/deeper/b.txt', 'to be'], ['in/c.csv', 'no text']] as const) server.put(key, text, 'words');
  const { code, stderr } = await flink(['run', '-q', file('words.ts', block('ts'))], { environment: { AWS_ACCESS_KEY_ID: 'test-key', AWS_SECRET_ACCESS_KEY: 'test/secret+key' } });
  expect([code, stderr]).toEqual([0, '']);
  const written = server.keys('words').filter((key) => key.startsWith('out/')).flatMap((key) => lines(server.text(key, 'words')));
  expect(written.sort()).toEqual(lines(block('text out')));
});

it('names keys that there are', () => {
  const named = [...page.matchAll(/`(s3\.[a-z.-]+)`/g)].map(([, key]) => key!);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((key) => findOption(key) === undefined)).toEqual([]);
});
