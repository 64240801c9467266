/**
 * Credentials of a role for whoever shows a token of another party, as Kubernetes hands them out to its pods (EKS: roles
 * for service accounts): the token is a file, and AWS's token service gives keys for it.
 */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import type { CredentialPlace } from './credentials.js';
import { exchange } from './http-exchange.js';
import type { Environment } from './s3-settings.js';
import { textOf } from './s3-xml.js';

const TIMEOUT_MS = 10_000;

/** The role `AWS_ROLE_ARN` for the token in `AWS_WEB_IDENTITY_TOKEN_FILE`. Rejects with CONNECTION when it is refused. */
export function webIdentityCredentials(environment: Environment, region: string, clock: Clock): CredentialPlace {
  return {
    name: 'AWS_WEB_IDENTITY_TOKEN_FILE',
    async find() {
      const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role } = environment;
      if (!file || !role) return undefined;
      const url = new URL(environment['AWS_ENDPOINT_URL_STS'] || `https://sts.${region}.amazonaws.com`);
      const form = new URLSearchParams({
        Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: role, RoleSessionName: environment['AWS_ROLE_SESSION_NAME'] || 'flink-ts', WebIdentityToken: (await readFile(file, 'utf8')).trim(),
      });
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const { status, body } = await exchange({ method: 'POST', url, headers, body: Buffer.from(form.toString()) }, { clock, timeoutMs: TIMEOUT_MS });
      const xml = body.toString('utf8');
      const [accessKeyId, secretAccessKey, sessionToken] = [textOf(xml, 'AccessKeyId'), textOf(xml, 'SecretAccessKey'), textOf(xml, 'SessionToken')];
      if (status !== 200 || !accessKeyId || !secretAccessKey || !sessionToken) {
        throw new FlinkError('CONNECTION', `${url.origin} gave no credentials for ${role}: ${status} ${textOf(xml, 'Code') ?? ''} (${textOf(xml, 'Message') ?? ''})`, { hint: 'Check AWS_ROLE_ARN, and that the role trusts whoever made the token in AWS_WEB_IDENTITY_TOKEN_FILE.' });
      }
      const expiration = Date.parse(textOf(xml, 'Expiration') ?? '');
      return { accessKeyId, secretAccessKey, sessionToken, ...(Number.isNaN(expiration) ? {} : { expiresAt: expiration }) };
    },
  };
}
