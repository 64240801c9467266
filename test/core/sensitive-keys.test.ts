/** Whose values are hidden. */
import { expect, it } from 'vitest';
import { isSensitive } from '../../src/core/sensitive-keys.js';

it.each([
  'password123', '123pasSword', 'PasSword', 'Secret', 'polaris.client-secret', 'client-secret', 'service-key-json', 'auth.basic.password', 'auth.basic.token', 'avro-confluent.basic-auth.user-info',
  'key.avro-confluent.basic-auth.user-info', 'kafka.jaas.config', 'properties.ssl.truststore.password', 'fs.azure.account.key.storageaccount123456.core.windows.net', 'metrics.reporter.dghttp.apikey',
  'metrics.reporter.dghttp.api-key', 's3.access-key', 's3.secret.key', 'rest.client.http-headers', 'auth-params', 'security.rest.token',
])('the value of %s is hidden', (key) => expect(isSensitive(key)).toBe(true));

it.each(['Hello', 'rest.port', 'security.rest.token-file', 'parallelism.default', 'pipeline.name'])('the value of %s is shown', (key) => expect(isSensitive(key)).toBe(false));
