import { expect, it } from 'vitest';
import type { Task } from '../../src/runtime/task.js';
import { allocateTurnBoard, turnBoard, turnText, whoseTurn } from '../../src/cluster/turn-board.js';

const task = (name: string, subtask: number): Task => ({ name, parts: { vertexId: 'cbc357', subtask } }) as Task;

it('a board tells whose turn it is, and nothing between two turns', () => {
  const memory = allocateTurnBoard();
  const board = turnBoard(memory);
  const [long, short] = [task('Source: Numbers -> Map', 0), task('Sink', 3)];
  const seen = [whoseTurn(memory)];
  for (const each of [long, short, long]) {
    board.begin(each);
    seen.push(whoseTurn(memory));
    board.end();
    seen.push(whoseTurn(memory));
  }
  const [first, second] = [{ vertexId: 'cbc357', subtask: 0, name: 'Source: Numbers -> Map' }, { vertexId: 'cbc357', subtask: 3, name: 'Sink' }];
  expect(seen).toEqual([undefined, first, undefined, second, undefined, first, undefined]);
});

it('a board takes as much of a name as there is room for', () => {
  const memory = allocateTurnBoard();
  turnBoard(memory).begin(task('x'.repeat(1_000), 0));
  expect(turnText(whoseTurn(memory)!)).toMatch(/^subtask 1 of "x{200,}"$/);
});
