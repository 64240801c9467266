/**
 * Credentials of a role, which the surroundings hand out over HTTP for a few hours at a time: those of a container (ECS,
 * EKS) or of a machine (EC2, with a session token first).
 *
 * Invariant: where nobody answers there are none; the machine's address is asked only when nothing else had any.
 */
import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import type { Clock } from '../core/clock.js';
import type { Credentials, CredentialPlace } from './credentials.js';
import { exchange } from './http-exchange.js';
import type { Environment } from './s3-settings.js';

/** The address has to be near: the name server of another network must not make everybody wait. */
const TIMEOUT_MS = 1_000;
const CONTAINER_HOST = 'http://169.254.170.2';
const MACHINE_HOST = 'http://169.254.169.254';
const MACHINE_PATH = '/latest/meta-data/iam/security-credentials/';

/** The role of the container, when it has one. */
export function containerCredentials(environment: Environment, clock: Clock): CredentialPlace {
  return {
    name: 'the role of the container',
    async find() {
      const relative = environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
      const url = relative ? `${CONTAINER_HOST}${relative}` : environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
      if (!url) return undefined;
      const file = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
      const token = file ? (await readFile(file, 'utf8')).trim() : environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'];
      const { status, body } = await exchange({ method: 'GET', url: new URL(url), headers: token ? { authorization: token } : {}, body: undefined }, { clock, timeoutMs: TIMEOUT_MS });
      return status === 200 ? credentialsIn(body) : undefined;
    },
  };
}

/** The role of the machine, unless `AWS_EC2_METADATA_DISABLED` says not to ask. */
export function machineCredentials(environment: Environment, clock: Clock): CredentialPlace {
  const host = environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || MACHINE_HOST;
  const ask = async (method: string, path: string, headers: Record<string, string>): Promise<Buffer | undefined> => {
    const { status, body } = await exchange({ method, url: new URL(path, host), headers, body: undefined }, { clock, timeoutMs: TIMEOUT_MS });
    return status === 200 ? body : undefined;
  };
  const find = async (): Promise<Credentials | undefined> => {
    const token = await ask('PUT', '/latest/api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': '300' });
    const headers: Record<string, string> = token ? { 'x-aws-ec2-metadata-token': token.toString() } : {};
    const role = await ask('GET', MACHINE_PATH, headers);
    const answer = role && (await ask('GET', `${MACHINE_PATH}${role.toString().trim().split('\n')[0]!}`, headers));
    return answer && credentialsIn(answer);
  };
  return { name: 'the role of the machine', find: () => (environment['AWS_EC2_METADATA_DISABLED'] === 'true' ? Promise.resolve(undefined) : find().catch(() => undefined)) };
}

function credentialsIn(body: Buffer): Credentials | undefined {
  const schema = z.object({ AccessKeyId: z.string(), SecretAccessKey: z.string(), Token: z.optional(z.string()), Expiration: z.optional(z.string()) });
  const read = schema.safeParse(JSON.parse(body.toString()));
  if (!read.success) return undefined;
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken, Expiration: expiration } = read.data;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}), ...(expiration ? { expiresAt: Date.parse(expiration) } : {}) };
}
