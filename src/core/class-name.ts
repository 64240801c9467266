/**
 * The name of an object's class, for people.
 */

/** Bundlers put underscores in front of the names of classes that refer to themselves. */
export function classNameOf(value: object): string {
  return value.constructor.name.replace(/^_+/, '');
}
