/**
 * The cluster that `-m` names, as the configuration says to speak to it.
 */
import { readFileSync } from 'node:fs';
import type { Configuration } from '../../core/configuration.js';
import { FlinkError } from '../../core/errors.js';
import { RestSslEnabled, RestToken, RestTokenFile } from '../../core/options.js';
import { loadConfiguration } from '../configuration/load-configuration.js';
import type { ClusterAddress } from '../control/rest-client.js';

/** @param given `host:port` or a URL; undefined names none. */
export async function namedCluster(given: string | undefined, configuration?: Configuration): Promise<ClusterAddress | undefined> {
  if (given === undefined) return undefined;
  const settings = configuration ?? (await loadConfiguration()).configuration;
  const url = /^https?:\/\//.test(given) ? given : `${settings.get(RestSslEnabled) ? 'https' : 'http'}://${given}`;
  if (!URL.canParse(url) || (!/^https?:/.test(given) && !/:\d+$/.test(given))) {
    throw new FlinkError('USAGE', `-m needs host:port, but got "${given}"`, { hint: 'Write for example -m localhost:8081.' });
  }
  return { url, token: tokenOf(settings) };
}

function tokenOf(settings: Configuration): string | undefined {
  const file = settings.get(RestTokenFile);
  if (file === undefined) return settings.get(RestToken);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new FlinkError('CONFIGURATION', `security.rest.token-file: ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
