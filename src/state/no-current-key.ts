/**
 * The error for keyed state that is used while no key is set: the same from every backend.
 */
import { FlinkError } from '../core/errors.js';

export function noCurrentKey(): FlinkError {
  return new FlinkError('STATE_ACCESS', 'keyed state was used where there is no current key', {
    hint: 'Get the handle in open(), but read and write it only while a record or a timer is being handled.',
  });
}
