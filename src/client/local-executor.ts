/**
 * Runs a program that was started without `flink run`: by plain `node job.js`, from a script or a test. The embedded
 * cluster then lives on this thread, since there is no bundle that a worker thread could load.
 */
import { MiniCluster } from '../cluster/mini-cluster.js';
import type { Configuration } from '../core/configuration.js';
import type { JobProgram } from '../program/job-program.js';
import type { PipelineExecutor } from '../program/pipeline-executor.js';
import { loadConfiguration } from './configuration/load-configuration.js';
import { jobClientOf } from './job-client.js';
import { checkpointWarnings, configurationWarnings, droppedWindowsWarnings, timestampWarnings } from './job-warnings.js';
import { programPlace } from './program-place.js';
import { SpokenWarnings } from './spoken-warnings.js';

/** An executor with the configuration that `config.yaml` gives. Each job has a cluster of its own. */
export async function localExecutor(): Promise<PipelineExecutor> {
  const { configuration, warnings: found } = await loadConfiguration();
  const warnings = new SpokenWarnings();
  warnings.say(found);
  return {
    configuration,
    async execute(program) {
      const cluster = MiniCluster.start({ configuration, workers: false });
      try {
        await warn(program, configuration, warnings);
        const job = await cluster.submit(program);
        void job.result.then((result) => {
          warnings.say(droppedWindowsWarnings(result));
          return cluster.close();
        });
        return jobClientOf(job);
      } catch (error) {
        await cluster.close();
        throw error;
      }
    },
  };
}

/** As `flink run` says it. */
async function warn(program: JobProgram, configuration: Configuration, warnings: SpokenWarnings): Promise<void> {
  warnings.say(configurationWarnings(configuration.overriddenBy(program.configuration)));
  warnings.say(checkpointWarnings(program, configuration));
  warnings.say(await timestampWarnings(program, programPlace));
}
