/**
 * Configuration keys whose values are shown to nobody (Flink: `GlobalConfiguration.isSensitive`): those that Flink hides, and
 * more.
 */
const SENSITIVE = /password|secret|token(?!-file)|private|credential|access[.-]?key|api-?key|account\.key|auth-params|service-key|basic-auth|jaas\.config|http-headers/i;

export const HIDDEN = '******';

export function isSensitive(key: string): boolean {
  return SENSITIVE.test(key);
}
