/** The job of `steady-job.ts`, for a cluster of Apache Flink: a slow source, state by key, an accumulator, a sink. */
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.DiscardingSink;
import org.apache.flink.streaming.api.functions.source.SourceFunction;

public class SteadyJob {
    public static class Numbers implements SourceFunction<Long> {
        private volatile boolean running = true;

        @Override
        public void run(SourceContext<Long> context) throws Exception {
            for (long n = 0; running; n++) {
                synchronized (context.getCheckpointLock()) {
                    context.collect(n);
                }
                Thread.sleep(10);
            }
        }

        @Override
        public void cancel() {
            running = false;
        }
    }

    public static class Count extends RichMapFunction<Long, Long> {
        private final LongCounter seen = new LongCounter();
        private ValueState<Long> count;

        @Override
        public void open(Configuration parameters) {
            getRuntimeContext().addAccumulator("seen", seen);
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Long.class));
        }

        @Override
        public Long map(Long value) throws Exception {
            seen.add(1);
            long counted = count.value() == null ? 1 : count.value() + 1;
            count.update(counted);
            return counted;
        }
    }

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.addSource(new Numbers()).setParallelism(1).name("Numbers").uid("numbers")
            .keyBy(n -> n % 7).map(new Count()).setParallelism(2).name("Count").uid("count")
            .addSink(new DiscardingSink<>()).setParallelism(2).name("Nowhere").uid("nowhere");
        env.execute("Steady");
    }
}
