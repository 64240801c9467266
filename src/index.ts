/**
 * What a job imports. Everything here is stable; everything else is not for jobs.
 */

/** The program's own parameters. */
export { ParameterTool } from './api/parameter-tool.js';
