/**
 * What fields two answers have and of what type their values are: `vertices[].id` and `tasks.*.status`, arrays and
 * maps by id looked through.
 */
export type Fields = ReadonlyMap<string, ReadonlySet<string>>;

export function fieldsOf(answer: unknown): Fields {
  const fields = new Map<string, Set<string>>();
  gather(answer, '', fields);
  return fields;
}

function gather(value: unknown, at: string, fields: Map<string, Set<string>>): void {
  if (Array.isArray(value)) {
    add(fields, at, 'array');
    for (const one of value) gather(one, `${at}[]`, fields);
  } else if (typeof value === 'object' && value !== null) {
    add(fields, at, 'object');
    for (const [name, inner] of Object.entries(value)) gather(inner, `${at === '' ? '' : `${at}.`}${/^[0-9a-f]{32}$/.test(name) ? '*' : name}`, fields);
  } else {
    add(fields, at, value === null ? 'null' : typeof value);
  }
}

function add(fields: Map<string, Set<string>>, at: string, type: string): void {
  fields.set(at, (fields.get(at) ?? new Set()).add(type));
}

/** What `theirs` has and `ours` has not, or has of another type. Null goes with everything, and so does an array without entries. */
export function missingFields(theirs: Fields, ours: Fields): string[] {
  return [...theirs].flatMap(([path, types]) => {
    const own = ours.get(path);
    if (!own) return isBelowNothing(path, ours) ? [] : [`${path} (${[...types].join(', ')})`];
    const wrong = [...types].filter((type) => type !== 'null' && !own.has(type) && !own.has('null'));
    return wrong.length === 0 ? [] : [`${path} is ${[...own].join(', ')}, not ${wrong.join(', ')}`];
  });
}

/** Below an array that is empty, or a value that is null, there is nothing to be seen. */
function isBelowNothing(path: string, fields: Fields): boolean {
  const above = path.replace(/(\[\]|\.?[^.[\]]+)$/, '');
  const types = fields.get(above);
  if (!types) return path !== '' && isBelowNothing(above, fields);
  return path.endsWith('[]') ? types.has('array') || types.has('null') : !types.has('object');
}
