/**
 * The four levels at which parallelism is set. Each operator prints how many subtasks it has; the highest level
 * that says something wins:
 *
 *   operator      --operator 4         `.setParallelism(4)` on the one operator named `operator level`
 *   environment   --environment 3      `env.setParallelism(3)` for every operator of the job
 *   client        flink run -p 2
 *   system        -D parallelism.default=2, or the same key in config.yaml; 1 when nobody says anything
 *
 *   flink run -p 2 jobs/parallelism.ts --operator 4
 */
import { ParameterTool, RichMapFunction, StreamExecutionEnvironment } from 'flink-ts';

/** Says, once in subtask 0, how many subtasks its operator has. */
class SayParallelism extends RichMapFunction<number, string> {
  map(): string {
    const context = this.getRuntimeContext();
    return `${context.getTaskName()}: ${context.getNumberOfParallelSubtasks()}`;
  }
}

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();
if (parameters.has('environment')) env.setParallelism(parameters.getInt('environment'));

const one = env.fromElements(1);
const inherited = one.global().map(new SayParallelism()).name('no level of its own');
const own = one.global().map(new SayParallelism()).name('operator level');
if (parameters.has('operator')) own.setParallelism(parameters.getInt('operator'));

inherited.union(own).print().setParallelism(1);
await env.execute('Parallelism');
