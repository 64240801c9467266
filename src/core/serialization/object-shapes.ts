/**
 * The shapes of objects that a sender has met: kind of object and keys in order. Within a batch a shape is shown
 * once and numbered, so that the objects that follow carry only their values.
 *
 * Invariant: the table is bounded. Objects with very many keys, and those met after it is full, are dictionaries
 * rather than records, and travel without a shape.
 */

const LONGEST_SHAPE = 64;
const MOST_KEYS_KEPT = 8192;

/** A list of keys, in a tree whose root is the empty list. */
export class ObjectShape {
  readonly keys: readonly string[];
  /** Batch in which the shape was last shown, and its number there. */
  batch = -1;
  number = -1;
  /** The shape that followed this one last time: a guess that saves looking. */
  following: ObjectShape | undefined = undefined;
  readonly longer = new Map<string, ObjectShape>();

  constructor(keys: readonly string[]) {
    this.keys = keys;
  }

  /** Whether exactly these are the object's enumerable keys, in this order. */
  fits(object: object): boolean {
    const keys = this.keys;
    let count = 0;
    for (const key in object) {
      if (key !== keys[count]) return false;
      count++;
    }
    return count === keys.length;
  }
}

/** All shapes of one kind of object. */
export class ShapeTree {
  readonly #root = new ObjectShape([]);
  #keysKept = 0;

  /** The shape with these keys, or undefined when such objects are to travel as dictionaries. */
  find(keys: readonly string[]): ObjectShape | undefined {
    if (keys.length > LONGEST_SHAPE) return undefined;
    let shape = this.#root;
    for (let i = 0; i < keys.length; i++) {
      let longer = shape.longer.get(keys[i]!);
      if (longer === undefined) {
        if (++this.#keysKept > MOST_KEYS_KEPT) return undefined;
        longer = new ObjectShape(keys.slice(0, i + 1));
        shape.longer.set(keys[i]!, longer);
      }
      shape = longer;
    }
    return shape;
  }
}
