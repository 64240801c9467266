/**
 * The files that AWS's tools share, `~/.aws/credentials` and `~/.aws/config`: keys and region of the profile that
 * `AWS_PROFILE` names.
 *
 * Invariant: the files are read anew each time they are asked, for other programs renew what is in them.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CredentialPlace } from './credentials.js';
import type { Environment } from './s3-settings.js';

type Section = Readonly<Record<string, string>>;

export function fileCredentials(environment: Environment): CredentialPlace {
  const file = credentialsFile(environment);
  return {
    name: `${file} (profile ${profileOf(environment)})`,
    async find() {
      const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey, aws_session_token: sessionToken } = { ...(await configSection(environment)), ...(await sectionOf(file, profileOf(environment))) };
      if (!accessKeyId || !secretAccessKey) return undefined;
      return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
    },
  };
}

/** The region of the profile, if the files name one. */
export async function fileRegion(environment: Environment): Promise<string | undefined> {
  return (await configSection(environment))['region'] ?? (await sectionOf(credentialsFile(environment), profileOf(environment)))['region'];
}

function profileOf(environment: Environment): string {
  return environment['AWS_PROFILE'] || 'default';
}

function credentialsFile(environment: Environment): string {
  return environment['AWS_SHARED_CREDENTIALS_FILE'] || join(environment['HOME'] || homedir(), '.aws', 'credentials');
}

/** In this file all profiles but the default one are called `profile …`. */
function configSection(environment: Environment): Promise<Section> {
  const profile = profileOf(environment);
  return sectionOf(environment['AWS_CONFIG_FILE'] || join(environment['HOME'] || homedir(), '.aws', 'config'), profile === 'default' ? profile : `profile ${profile}`);
}

/** Empty when file or section is not there. */
async function sectionOf(file: string, name: string): Promise<Section> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const section: Record<string, string> = {};
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (heading !== undefined) inside = heading.replace(/\s+/, ' ') === name;
    // Indented lines belong to the setting above them; comments have no setting.
    const [, key, value] = /^([A-Za-z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (inside && key !== undefined) section[key.toLowerCase()] = value!;
  }
  return section;
}
