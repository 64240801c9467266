/**
 * Which cluster a command speaks to, as its options and the configuration say (Flink's custom command lines).
 */
import { readFileSync } from 'node:fs';
import type { Configuration } from '../../core/configuration.js';
import { FlinkError } from '../../core/errors.js';
import { ClientTimeout, ExecutionTarget, HighAvailabilityClusterId, RestAddress, RestPort, RestSslEnabled, RestToken, RestTokenFile } from '../../core/options.js';
import { portsOf } from '../../core/value-types.js';
import { loadConfiguration } from '../configuration/load-configuration.js';
import type { ClusterChoice } from '../control/job-directory.js';
import type { ClusterAddress } from '../control/rest-client.js';
import { runningSession, sessionFolder } from './session-folder.js';

/** The options that every command which speaks to a cluster has. */
export interface ClusterOptions {
  /** `-m`. */
  readonly jobmanager?: string | undefined;
  /** `-t`. */
  readonly target?: string | undefined;
  /** `-z`. */
  readonly zookeeperNamespace?: string | undefined;
  /** `-D`. */
  readonly define?: readonly string[] | undefined;
  /** `--timeout`. */
  readonly timeout?: string | undefined;
}

export async function chooseCluster({ jobmanager, target, zookeeperNamespace, define, timeout }: ClusterOptions): Promise<ClusterChoice> {
  const { configuration } = await loadConfiguration({
    dynamic: define ?? [],
    settings(settings) {
      if (target !== undefined) settings.setRaw(ExecutionTarget, target, '-t');
      if (zookeeperNamespace !== undefined) settings.set(HighAvailabilityClusterId, zookeeperNamespace, '-z');
      if (timeout !== undefined) settings.setRaw(ClientTimeout, timeout, '--timeout');
    },
  });
  return { ...(await placeOf(configuration, jobmanager, target)), timeoutMs: configuration.get(ClientTimeout) };
}

/** With `-t` Flink no longer looks at `-m`. */
async function placeOf(configuration: Configuration, jobmanager: string | undefined, target: string | undefined): Promise<Pick<ClusterChoice, 'named' | 'withoutSessions'>> {
  if (target === 'local') return { withoutSessions: true };
  const given = givenAddress(configuration);
  if (target === undefined) return { named: jobmanager === undefined ? given : clusterAddress(jobmanager, configuration) };
  if (given) return { named: given };
  const session = await runningSession(sessionFolder(configuration));
  if (session) return { named: { socket: session.socket } };
  return { named: remoteCluster(configuration) };
}

/** Where a remote target is when no session cluster of the user runs. */
export function remoteCluster(configuration: Configuration): ClusterAddress {
  const host = configuration.get(RestAddress);
  if (host === undefined) throw new FlinkError('NEEDS_CLUSTER', 'the target is remote, but no session cluster of yours runs', { hint: 'Start one with `flink cluster start`, or name another one with -m, or with -D rest.address=… -D rest.port=….' });
  return restAddress(host, configuration);
}

/** The address that `-D` names: a `rest.address` in a file written for Flink is there by default and means nobody. */
export function givenAddress(configuration: Configuration): ClusterAddress | undefined {
  const entry = configuration.entries().get(RestAddress.key);
  return entry?.origin === '-D' ? restAddress(String(entry.value), configuration) : undefined;
}

function restAddress(host: string, configuration: Configuration): ClusterAddress {
  const [port = 0] = portsOf(configuration.get(RestPort));
  return clusterAddress(`${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`, configuration);
}

/** @param given `host:port` or a URL. */
export function clusterAddress(given: string, configuration: Configuration): ClusterAddress {
  const url = /^https?:\/\//.test(given) ? given : `${configuration.get(RestSslEnabled) ? 'https' : 'http'}://${given}`;
  if (!URL.canParse(url) || (!/^https?:/.test(given) && !/:\d+$/.test(given))) {
    throw new FlinkError('USAGE', `-m needs host:port, but got "${given}"`, { hint: 'Write for example -m localhost:8081.' });
  }
  return { url, token: tokenOf(configuration) };
}

function tokenOf(configuration: Configuration): string | undefined {
  const file = configuration.get(RestTokenFile);
  if (file === undefined) return configuration.get(RestToken);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new FlinkError('CONFIGURATION', `security.rest.token-file: ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
