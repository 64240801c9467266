// What the reports of bench/jobs/checkpointed-state.ts say.

/** The moments after the last key has come: there the state has its full size. */
function steady({ accumulators }, keys) {
  return accumulators.moments.filter(({ seen }) => seen > keys);
}

/** How long a million records took once all keys were there, in milliseconds. */
export function msPerMillion(keys) {
  return (report) => {
    const moments = steady(report, keys);
    const [first, last] = [moments.at(0), moments.at(-1)];
    return ((last?.ms - first?.ms) / (last?.seen - first?.seen)) * 1e6;
  };
}

/**
 * Stalls, processor time and checkpoints, by what they are called in the table. A stall is the longest in a tenth of a
 * second, an own stall one without what the thread waited for a processor.
 */
export function checkpointFigures(keys) {
  return (report) => {
    const moments = steady(report, keys);
    const [first, last] = [moments.at(0), moments.at(-1)];
    const sorted = (of) => moments.slice(1).map(of).sort((a, b) => a - b);
    const gaps = sorted(({ longestGapMs }) => longestGapMs);
    const ownGaps = sorted(({ longestOwnGapMs }) => longestOwnGapMs);
    const { checkpoints } = report;
    return {
      'cpu ms a million': ((last?.cpuMs - first?.cpuMs) / (last?.seen - first?.seen)) * 1e6,
      'stall p50 ms': at(gaps, 0.5),
      'stall p99 ms': at(gaps, 0.99),
      'stall max ms': at(gaps, 1),
      'own stall p99 ms': at(ownGaps, 0.99),
      'own stall max ms': at(ownGaps, 1),
      ...(checkpoints && {
        checkpoints: checkpoints.completed,
        failed: checkpoints.failed,
        'duration p50 ms': checkpoints.endToEndDuration.p50,
        'duration max ms': checkpoints.endToEndDuration.max,
        'written p50 MB': checkpoints.checkpointedSize.p50 / 1e6,
        'written max MB': checkpoints.checkpointedSize.max / 1e6,
        'state max MB': checkpoints.stateSize.max / 1e6,
      }),
    };
  };
}

/** How long a million records took while no checkpoint was written, and how long while one was, in milliseconds. */
export function whileWriting(keys) {
  return (report) => {
    const moments = steady(report, keys);
    const msOf = (writing) => {
      let [ms, seen] = [0, 0];
      for (let i = 1; i < moments.length; i++) {
        if (moments[i].writing !== writing) continue;
        ms += moments[i].ms - moments[i - 1].ms;
        seen += moments[i].seen - moments[i - 1].seen;
      }
      return (ms / seen) * 1e6;
    };
    return { 'ms a million between two': msOf(false), 'ms a million while one is written': msOf(true), 'speed while one is written': msOf(false) / msOf(true) };
  };
}

/** Not a number for a run too short to have any. */
function at(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
