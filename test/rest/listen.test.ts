import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { optionOf } from '../../src/core/options.js';
import { listen, type Listening } from '../../src/rest/listen.js';
import { restSettings } from '../../src/rest/rest-settings.js';

let folder: string;
let open: Listening[] = [];
const said: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'listen-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  await Promise.all(open.map((listening) => listening.close()));
  open = [];
  said.length = 0;
});

const settings = (values: Record<string, string>): ReturnType<typeof restSettings> => {
  const configuration = new Configuration();
  for (const [key, value] of Object.entries(values)) configuration.setRaw(optionOf(key, 'the test'), value, 'the test');
  return restSettings(configuration);
};

const app = new Hono();
app.get('/jobs', (context) => context.json({ jobs: [] }));
app.post('/jobs', async (context) => context.json({ bytes: (await context.req.arrayBuffer()).byteLength }));

async function opened(values: Record<string, string> = {}): Promise<Listening> {
  const listening = await listen(app.fetch, { tcp: settings({ 'rest.port': '0', ...values }), clock: systemClock, say: (line) => said.push(line) });
  open.push(listening);
  return listening;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function ask(listening: Listening | { readonly socketPath: string }, { method = 'GET', headers = {}, body }: Asked = {}): Promise<{ status: number; headers: Record<string, unknown>; json: unknown }> {
  const where = 'socketPath' in listening ? listening : { host: '127.0.0.1', port: listening.address!.port };
  const secure = 'address' in listening && listening.address!.url.startsWith('https');
  return new Promise((resolve, reject) => {
    const sent = (secure ? httpsRequest : httpRequest)({ ...where, method, path: '/jobs', agent: false, headers, ...(secure ? { rejectUnauthorized: false } : {}) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode!, headers: response.headers, json: text === '' ? undefined : JSON.parse(text) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('the port of the REST interface', () => {
  it('is at the loopback address unless another is named', async () => {
    const listening = await opened();
    expect(listening.address).toMatchObject({ host: '127.0.0.1', url: `http://localhost:${listening.address!.port}` });
    expect(await ask(listening)).toMatchObject({ status: 200, json: { jobs: [] } });
  });

  it('gives way to the next free one when it is taken, and says so', async () => {
    const first = await opened();
    const taken = first.address!.port;
    const second = await opened({ 'rest.port': String(taken) });
    expect(second.address!.port).toBeGreaterThan(taken);
    expect(said).toEqual([`Port ${taken} is taken: the REST interface listens at port ${second.address!.port}.`]);
  });

  it('is one of the range that was given, or the server does not start', async () => {
    const [one, other] = [(await opened()).address!.port, (await opened()).address!.port];
    await expect(opened({ 'rest.port': `${one},${other}` })).rejects.toMatchObject({ code: 'CONFIGURATION', message: expect.stringContaining(`cannot listen at port ${one} or ${other} of 127.0.0.1: others do`) });
  });

  it.each([
    ['8081', 8081, 8181], ['8081-8083,9000', 8081, 9000], ['0', 0, 0], ['65530', 65530, 65535],
  ])('%s tries ports from %i to %i', (port, first, last) => {
    const { ports } = settings({ 'rest.port': port })!;
    expect([ports[0], ports.at(-1)]).toEqual([first, last]);
  });

  it('is none with -1', () => {
    expect(settings({ 'rest.port': '-1' })).toBeUndefined();
  });

  it.each(['-2', '8083-8081', '70000', 'http'])('cannot be %s', (port) => {
    expect(() => settings({ 'rest.port': port })).toThrow('but must be a port, 0 for any, -1 for none, or ranges');
  });
});

describe('who gets in over TCP', () => {
  it('names this machine as the host: a foreign name that points here is refused with the reason', async () => {
    const listening = await opened();
    expect(await ask(listening, { headers: { host: 'evil.example:8081' } })).toMatchObject({ status: 403, json: { errors: [expect.stringContaining('"evil.example"')] } });
    for (const host of ['localhost:1', '127.0.0.1:1', '[::1]:1']) expect((await ask(listening, { headers: { host } })).status).toBe(200);
  });

  it('may read, but not change anything from a web page of another origin', async () => {
    const listening = await opened();
    const evil = { origin: 'http://evil.example' };
    expect(await ask(listening, { method: 'POST', headers: evil, body: 'x' })).toMatchObject({ status: 403, json: { errors: [expect.stringContaining('http://evil.example')] } });
    const read = await ask(listening, { headers: evil });
    expect(read.status).toBe(200);
    expect(read.headers['access-control-allow-origin']).toBeUndefined();
    const own = `localhost:${listening.address!.port}`;
    expect((await ask(listening, { method: 'POST', headers: { host: own, origin: `http://${own}` }, body: 'x' })).status).toBe(200);
  });

  it('is a web page of another origin when its origin is allowed', async () => {
    const listening = await opened({ 'web.access-control-allow-origin': 'https://board.example' });
    const headers = { origin: 'https://board.example' };
    expect((await ask(listening, { headers })).headers['access-control-allow-origin']).toBe('https://board.example');
    expect((await ask(listening, { method: 'POST', headers, body: 'x' })).status).toBe(200);
  });

  it('carries the token when there is one', async () => {
    writeFileSync(join(folder, 'token'), 'abc123\n');
    const listening = await opened({ 'security.rest.authentication': 'token', 'security.rest.token-file': join(folder, 'token') });
    const none = await ask(listening);
    expect(none).toMatchObject({ status: 401, json: { errors: [expect.stringContaining('must carry a token')] } });
    expect(none.headers['www-authenticate']).toBe('Bearer');
    expect(await ask(listening, { headers: { authorization: 'Bearer abc124' } })).toMatchObject({ status: 401, json: { errors: ['The token is not the one that is expected.'] } });
    expect((await ask(listening, { headers: { authorization: 'Bearer abc123' } })).status).toBe(200);
  });

  it('sends no more than a request may hold', async () => {
    const listening = await opened({ 'rest.server.max-content-length': '10b' });
    expect(await ask(listening, { method: 'POST', body: 'x'.repeat(10) })).toMatchObject({ status: 200, json: { bytes: 10 } });
    expect(await ask(listening, { method: 'POST', body: 'x'.repeat(11) })).toMatchObject({ status: 413, json: { errors: ['A request may hold 10 bytes.'] } });
    const chunked = { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: 'x'.repeat(11) };
    expect(await ask(listening, chunked)).toMatchObject({ status: 413 });
  });

  it('speaks HTTPS when there is a certificate', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '1', '-subj', '/CN=localhost'], { stdio: 'ignore' });
    const tls = { 'security.ssl.rest.enabled': 'true', 'security.ssl.rest.certificate': cert, 'security.ssl.rest.key': key };
    const listening = await opened(tls);
    expect(listening.address!.url).toBe(`https://localhost:${listening.address!.port}`);
    expect((await ask(listening)).status).toBe(200);
    await expect(opened({ ...tls, 'security.ssl.rest.key': join(folder, 'missing.pem') })).rejects.toMatchObject({ code: 'CONFIGURATION', message: expect.stringContaining('security.ssl.rest.key:') });
  });
});

describe('an interface that other machines reach', () => {
  it('is refused unless somebody says how they prove themselves, or that they need not', () => {
    const open = { 'rest.bind-address': '0.0.0.0' };
    expect(() => settings(open)).toThrow(expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringContaining('where other machines reach the REST interface, but security.rest.authentication is not set') }));
    expect(settings({ ...open, 'security.rest.authentication': 'none' })).toMatchObject({ token: undefined, warnings: [] });
    expect(settings({ ...open, 'security.rest.token': 'x' })).toMatchObject({ token: { value: 'x' }, warnings: [expect.stringContaining('the token travels there unencrypted')] });
  });

  it('is refused with a token that nobody has named, and with HTTPS without a certificate', () => {
    expect(() => settings({ 'security.rest.authentication': 'token' })).toThrow('there is no token');
    expect(() => settings({ 'security.ssl.rest.enabled': 'true' })).toThrow('there is no certificate');
  });
});

describe('the socket', () => {
  it('lets its owner in without a token', async () => {
    const socketPath = join(folder, 'control.sock');
    const listening = await listen(app.fetch, { socket: socketPath, tcp: settings({ 'rest.port': '0', 'security.rest.token': 'x' }), clock: systemClock });
    open.push(listening);
    expect((await ask({ socketPath })).status).toBe(200);
    expect((await ask(listening)).status).toBe(401);
  });
});
