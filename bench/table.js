// The result of a case as lines of text.

/** Name, median, range, rate and the speed relative to the peer; then the targets. */
export function table({ peer, times, medians, records, targets }) {
  const rows = Object.entries(times).map(([name, all]) => [
    name === peer ? `${name} (peer)` : name,
    milliseconds(medians[name]),
    `[${milliseconds(Math.min(...all))}..${milliseconds(Math.max(...all))}]`,
    records[name] === undefined ? '' : `${(records[name] / medians[name] / 1000).toFixed(2)} M/s`,
    `${(medians[peer] / medians[name]).toFixed(2)}x`,
  ]);
  const widths = ['', 'median', 'range', '', 'speed'].map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells) => `  ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  ')}`;
  const verdicts = targets.map(({ says, value, holds }) => `  ${holds ? 'reached' : 'missed '}  ${says}: ${value.toFixed(2)}`);
  return [line(['', 'median', 'range', '', 'speed']), ...rows.map(line), ...verdicts].join('\n');
}

function milliseconds(value) {
  return value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(2)} s`;
}
