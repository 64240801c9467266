/**
 * Where the REST interface listens and whom it lets in, read from the configuration.
 *
 * Invariant: an interface that other machines reach is never open by omission: somebody has to say how they prove
 * themselves, or that they need not.
 */
import type { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import {
  RestAllowOrigin, RestAuthentication, RestBindAddress, RestMaxContentLength, RestPort, RestSslCertificate, RestSslEnabled, RestSslKey, RestSslKeystore,
  RestSslKeystorePassword, RestToken, RestTokenFile,
} from '../core/options.js';
import { portsOf } from '../core/value-types.js';

/** A secret as it was configured. */
export type TokenSource = { readonly value: string } | { readonly file: string };

export type Certificate =
  | { readonly certificate: string; readonly key: string; readonly password: string | undefined }
  | { readonly keystore: string; readonly password: string | undefined };

export interface RestSettings {
  /** What is bound. */
  readonly host: string;
  /** Only this machine gets there. */
  readonly loopback: boolean;
  /** In the order in which they are tried; 0 is any. */
  readonly ports: readonly number[];
  /** The one port that was asked for, when it was one: that another is taken is then worth a line. */
  readonly wanted: number | undefined;
  /** Undefined lets everybody in who gets there. */
  readonly token: TokenSource | undefined;
  /** Paths of the files; undefined speaks plain HTTP. */
  readonly tls: Certificate | undefined;
  /** The origin whose web pages may read answers, or `*`. */
  readonly allowOrigin: string | undefined;
  readonly bodyBytesMax: number;
  /** What might be a mistake, for people. */
  readonly warnings: readonly string[];
}

/** How far a port that is taken gives way. */
const NEXT_PORTS = 100;
const PORT_MAX = 65_535;

/**
 * Undefined when there is to be no port (`rest.port: -1`).
 *
 * @throws FlinkError CONFIGURATION when the settings contradict each other or would let everybody in.
 */
export function restSettings(configuration: Configuration): RestSettings | undefined {
  const named = portsOf(configuration.get(RestPort));
  if (named.length === 0) return undefined;
  const host = configuration.get(RestBindAddress);
  const loopback = isLoopback(host);
  const token = tokenSource(configuration, host, loopback);
  const tls = certificate(configuration);
  const wanted = named.length === 1 && named[0] !== 0 ? named[0] : undefined;
  return {
    host: host === 'localhost' ? '127.0.0.1' : host, loopback, token, tls, wanted,
    ports: wanted === undefined ? named : Array.from({ length: Math.min(NEXT_PORTS, PORT_MAX - wanted) + 1 }, (_, i) => wanted + i),
    allowOrigin: configuration.get(RestAllowOrigin),
    bodyBytesMax: configuration.get(RestMaxContentLength),
    warnings: !loopback && token && !tls ? [`the REST interface listens at ${host}, where other machines reach it, and the token travels there unencrypted: set security.ssl.rest.enabled`] : [],
  };
}

/** Whether nobody but this machine reaches the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function tokenSource(configuration: Configuration, host: string, loopback: boolean): TokenSource | undefined {
  const said = configuration.get(RestAuthentication);
  const value = configuration.get(RestToken);
  const file = configuration.get(RestTokenFile);
  if (said === 'none') return undefined;
  if (value !== undefined) return { value };
  if (file !== undefined) return { file };
  if (said === 'token') {
    throw new FlinkError('CONFIGURATION', 'security.rest.authentication is token, but there is no token', { hint: 'Set security.rest.token-file to a file that holds one, or security.rest.token.' });
  }
  if (loopback) return undefined;
  throw new FlinkError('CONFIGURATION', `rest.bind-address is ${host}, where other machines reach the REST interface, but security.rest.authentication is not set`, {
    hint: 'Set security.rest.authentication to token and security.rest.token-file to a file that holds one; or to none, when everybody in that network may run code here.',
  });
}

function certificate(configuration: Configuration): Certificate | undefined {
  if (!configuration.get(RestSslEnabled)) return undefined;
  const [pem, key, keystore, password] = [RestSslCertificate, RestSslKey, RestSslKeystore, RestSslKeystorePassword].map((option) => configuration.get(option));
  if (keystore !== undefined) return { keystore, password };
  if (pem !== undefined && key !== undefined) return { certificate: pem, key, password };
  throw new FlinkError('CONFIGURATION', 'security.ssl.rest.enabled is true, but there is no certificate', { hint: 'Set security.ssl.rest.certificate and security.ssl.rest.key, or security.ssl.rest.keystore.' });
}
