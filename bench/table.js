// The result of a case as lines of text.

/** Name, median, range, rate and the speed relative to the peer; then what else was measured, and the targets. */
export function table({ peer, times, medians, figures, records, targets }) {
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
  const measured = Object.entries(figures).flatMap(([name, all]) => {
    const said = Object.entries(all).map(([what, value]) => `${what} ${plain(value)}`);
    return said.length > 0 ? [`  ${name}: ${said.join(', ')}`] : [];
  });
  return [line(['', 'median', 'range', '', 'speed']), ...rows.map(line), ...measured, ...verdicts].join('\n');
}

function milliseconds(value) {
  return value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(2)} s`;
}

function plain(value) {
  return Number.isInteger(value) || Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1);
}
