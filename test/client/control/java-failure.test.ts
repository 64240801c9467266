import { describe, expect, it } from 'vitest';
import { messageOfTrace } from '../../../src/client/control/java-failure.js';

describe('a stack trace of Java', () => {
  it('is told by its messages, without classes, places and what is said twice', () => {
    expect(messageOfTrace([
      'java.util.concurrent.CompletionException: org.apache.flink.runtime.checkpoint.CheckpointException: An Exception occurred while triggering the checkpoint. IO-problem detected.',
      '\tat java.base/java.util.concurrent.CompletableFuture.encodeRelay(CompletableFuture.java:368)',
      '\t... 12 more',
      'Caused by: org.apache.flink.runtime.checkpoint.CheckpointException: An Exception occurred while triggering the checkpoint. IO-problem detected.',
      '\tat org.apache.flink.runtime.checkpoint.CheckpointCoordinator.initializeCheckpointLocation(CheckpointCoordinator.java:874)',
      'Caused by: java.io.IOException: Failed to create savepoint directory at /saves',
    ].join('\n'))).toBe('An Exception occurred while triggering the checkpoint. IO-problem detected: Failed to create savepoint directory at /saves');
  });

  it('is told without the marks around what happened on the other side', () => {
    expect(messageOfTrace('<Exception on server side:\njava.lang.UnsupportedOperationException: The DefaultScheduler does not do that.\n\tat org.apache.flink.X.y(X.java:1)\n\nEnd of exception on server side>'))
      .toBe('The DefaultScheduler does not do that.');
  });

  it.each([
    ['a message without a class', 'Unable to load requested file /nothing.', 'Unable to load requested file /nothing.'],
    ['an exception without a message', 'java.lang.NullPointerException\n\tat org.apache.flink.X.y(X.java:1)', 'java.lang.NullPointerException\n\tat org.apache.flink.X.y(X.java:1)'],
    ['an inner class', 'org.apache.flink.Outer$Inner: said: so', 'said: so'],
  ])('is told whole where there is nothing to leave out: %s', (_, trace, message) => expect(messageOfTrace(trace)).toBe(message));
});
