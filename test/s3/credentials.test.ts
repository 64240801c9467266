/**
 * Where credentials and the region come from, and what happens when they run out.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { S3AccessKey, S3Endpoint, S3SecretKey } from '../../src/core/options.js';
import { openBucket } from '../../src/s3/s3-bucket.js';
import { s3LocationOf } from '../../src/s3/s3-location.js';
import type { Environment } from '../../src/s3/s3-settings.js';
import { surroundings } from './s3-fixture.js';
import { S3Server } from './s3-server.js';

let server: S3Server;
let folder: string;
beforeAll(async () => void (server = await S3Server.start()));
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'credentials-'));
  server.credentials.splice(0, Infinity, { accessKeyId: 'test-key', secretAccessKey: 'test/secret+key' }, { accessKeyId: 'temporary', secretAccessKey: 'short', sessionToken: 'token' });
  server.region = 'us-east-1';
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes an object with whatever this environment holds. */
async function write(environment: Environment, configuration = new Configuration()): Promise<void> {
  const bucket = await openBucket('test', configuration.set(S3Endpoint, server.endpoint), { ...surroundings, clock: systemClock, environment: { HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', ...environment } });
  await bucket.put('x', Buffer.from('x'));
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('credentials', () => {
  it('come from the configuration before anything else', async () => {
    await write({ AWS_ACCESS_KEY_ID: 'other', AWS_SECRET_ACCESS_KEY: 'other' }, new Configuration().set(S3AccessKey, 'test-key').set(S3SecretKey, 'test/secret+key'));
  });

  it('come from the environment, with a session token', async () => {
    await write({ AWS_ACCESS_KEY_ID: 'temporary', AWS_SECRET_ACCESS_KEY: 'short', AWS_SESSION_TOKEN: 'token' });
  });

  it('come from the profile of the shared file', async () => {
    const credentials = file('credentials', '# mine\n[default]\naws_access_key_id=other\naws_secret_access_key = other\n\n[work]\naws_access_key_id = test-key\naws_secret_access_key = test/secret+key\n');
    await write({ AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_PROFILE: 'work' });
    await expect(write({ AWS_SHARED_CREDENTIALS_FILE: credentials })).rejects.toMatchObject({ code: 'InvalidAccessKeyId' });
  });

  it('may be in the other file, which has the region', async () => {
    server.region = 'eu-north-1';
    const AWS_CONFIG_FILE = file('config', '[profile work]\nregion = eu-north-1\naws_access_key_id = test-key\naws_secret_access_key = test/secret+key\n[profile other]\nregion = moon\n');
    await write({ AWS_CONFIG_FILE, AWS_PROFILE: 'work' });
  });

  it('are read again from the file when the token in it has expired', async () => {
    const section = (key: string, secret: string, token: string): string => `[default]\naws_access_key_id=${key}\naws_secret_access_key=${secret}\naws_session_token=${token}\n`;
    const AWS_SHARED_CREDENTIALS_FILE = file('credentials', section('temporary', 'short', 'token'));
    const bucket = await openBucket('test', new Configuration().set(S3Endpoint, server.endpoint), { ...surroundings, environment: { HOME: folder, AWS_SHARED_CREDENTIALS_FILE } });
    await bucket.put('x', Buffer.from('x'));
    server.credentials[1]!.expired = true;
    await expect(bucket.put('x', Buffer.from('y'))).rejects.toMatchObject({ code: 'ExpiredToken', status: 400, hint: expect.stringContaining('Renew the session token') });
    server.credentials.push({ accessKeyId: 'renewed', secretAccessKey: 'new', sessionToken: 'fresh' });
    file('credentials', section('renewed', 'new', 'fresh'));
    await bucket.put('x', Buffer.from('z'));
    expect(server.text('x')).toBe('z');
  });

  it('that are nowhere are an error that names every place', async () => {
    await expect(write({})).rejects.toMatchObject({ code: 'CONFIGURATION', message: expect.stringMatching(/s3\.access-key, AWS_ACCESS_KEY_ID, .*credentials \(profile default\), AWS_WEB_IDENTITY_TOKEN_FILE, the role of the container, the role of the machine/) });
  });

  it('need both keys', async () => {
    await expect(write({}, new Configuration().set(S3AccessKey, 'test-key'))).rejects.toMatchObject({ code: 'CONFIGURATION', message: 's3.access-key is set, but s3.secret-key is not' });
  });
});

describe('the credentials of a role', () => {
  let metadata: Server;
  const asked: string[] = [];
  const keys = JSON.stringify({ AccessKeyId: 'temporary', SecretAccessKey: 'short', Token: 'token', Expiration: '2099-01-01T00:00:00Z' });
  beforeAll(async () => {
    metadata = createServer((request, response) => {
      asked.push(`${request.method!} ${request.url!} ${String(request.headers['x-aws-ec2-metadata-token'] ?? request.headers.authorization ?? '')}`.trim());
      if (request.method === 'POST') return void tokenService(request, response);
      response.end(request.method === 'PUT' ? 'session' : request.url!.endsWith('security-credentials/') ? 'my-role\n' : keys);
    });
    await new Promise<void>((resolve) => void metadata.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void metadata.close());
  beforeEach(() => void (asked.length = 0));
  const host = (): string => `http://127.0.0.1:${(metadata.address() as AddressInfo).port}`;

  const tokenService = (request: IncomingMessage, response: ServerResponse): void => {
    let form = '';
    request.on('data', (chunk: Buffer) => (form += chunk.toString())).on('end', () => {
      const { RoleArn, WebIdentityToken, Action } = Object.fromEntries(new URLSearchParams(form));
      const known = RoleArn === 'arn:aws:iam::1:role/mine' && WebIdentityToken === 'from the cluster' && Action === 'AssumeRoleWithWebIdentity';
      response.writeHead(known ? 200 : 403).end(known
        ? '<R><Credentials><AccessKeyId>temporary</AccessKeyId><SecretAccessKey>short</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></R>'
        : '<E><Error><Code>AccessDenied</Code><Message>Not authorized</Message></Error></E>');
    });
  };

  it('are given for a token in a file, or refused by name', async () => {
    const shown = (role: string): Environment => ({ AWS_ENDPOINT_URL_STS: host(), AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: file('token', 'from the cluster\n') });
    await write(shown('arn:aws:iam::1:role/mine'));
    await expect(write(shown('arn:aws:iam::1:role/other'))).rejects.toMatchObject({ code: 'CONNECTION', message: expect.stringContaining('no credentials for arn:aws:iam::1:role/other: 403 AccessDenied (Not authorized)'), hint: expect.stringContaining('AWS_ROLE_ARN') });
  });

  it('of a container are asked for with its token', async () => {
    await write({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${host()}/role`, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'let me' });
    expect(asked).toEqual(['GET /role let me']);
  });

  it('of a machine are asked for in a session', async () => {
    await write({ AWS_EC2_METADATA_DISABLED: '', AWS_EC2_METADATA_SERVICE_ENDPOINT: host() });
    expect(asked).toEqual(['PUT /latest/api/token', 'GET /latest/meta-data/iam/security-credentials/ session', 'GET /latest/meta-data/iam/security-credentials/my-role session']);
  });
});

describe('an address in S3', () => {
  it.each([
    ['s3://b-1/a/c', { bucket: 'b-1', key: 'a/c' }], ['S3A://bucket/a//c/', { bucket: 'bucket', key: 'a/c' }], ['s3p://bucket', { bucket: 'bucket', key: '' }],
    ['s3://bucket/a/../b', undefined], ['s3://', undefined], ['s3:///key', undefined], ['s4://bucket/key', undefined], ['/s3://bucket', undefined],
  ])('%s', (path, location) => expect(s3LocationOf(path)).toEqual(location));
});
