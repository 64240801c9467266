import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ProgramScope } from '../../src/core/program-scope.js';

it('each program finds what belongs to it, through its asynchronous calls', async () => {
  const scope = new ProgramScope<string>();
  const program = async (): Promise<unknown[]> => {
    const before = scope.current;
    await turnOfTheLoop();
    return [before, scope.current];
  };
  const [first, second] = await Promise.all([scope.run('first', program), scope.run('second', program)]);
  expect([first, second, scope.current]).toEqual([['first', 'first'], ['second', 'second'], undefined]);
});

it('the resident is whoever is not followed, beside others that are', async () => {
  const scope = new ProgramScope<string>();
  let goOn = (): void => {};
  const resident = scope.reside('resident', async () => {
    await new Promise<void>((resolve) => (goOn = resolve));
    return scope.current;
  });
  const other = await scope.run('other', async () => {
    goOn();
    await turnOfTheLoop();
    return scope.current;
  });
  expect([await resident, other, scope.current]).toEqual(['resident', 'other', 'resident']);
});
