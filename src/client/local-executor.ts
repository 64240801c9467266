/**
 * Runs a program that was started without `flink run`: by plain `node job.js`, from a script or a test. The embedded
 * cluster then lives on this thread, since there is no bundle that a worker thread could load.
 */
import { MiniCluster } from '../cluster/mini-cluster.js';
import type { PipelineExecutor } from '../program/pipeline-executor.js';
import { loadConfiguration } from './configuration/load-configuration.js';
import { jobClientOf } from './job-client.js';

/** An executor with the configuration that `config.yaml` gives. Each job has a cluster of its own. */
export async function localExecutor(): Promise<PipelineExecutor> {
  const { configuration } = await loadConfiguration();
  return {
    configuration,
    async execute(program) {
      const cluster = MiniCluster.start({ configuration, workers: false });
      try {
        const job = await cluster.submit(program);
        void job.result.then(() => cluster.close());
        return jobClientOf(job);
      } catch (error) {
        await cluster.close();
        throw error;
      }
    },
  };
}
