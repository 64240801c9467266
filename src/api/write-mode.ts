/**
 * What a file sink does when its path exists (Flink: `FileSystem.WriteMode`).
 */
export const WriteMode = {
  /** The job fails. */
  NO_OVERWRITE: 'NO_OVERWRITE',
  /** What was there is replaced. */
  OVERWRITE: 'OVERWRITE',
} as const;
export type WriteMode = (typeof WriteMode)[keyof typeof WriteMode];
