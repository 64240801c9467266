/**
 * Prometheus's own reading of a text: with its tool where FLINK_TS_PROMTOOL names it, and otherwise by the rules of the
 * format that are written down here.
 */
import { spawn } from 'node:child_process';

/** promtool's exit code for metrics that it can read and finds badly named: Flink's names are in camel case. */
const BADLY_NAMED = 3;

/** `read`, or what is wrong with the text. */
export function promtool(text: string): Promise<string> {
  const tool = process.env['FLINK_TS_PROMTOOL'];
  return tool === undefined ? Promise.resolve(byTheRules(text)) : byTheTool(tool, text);
}

function byTheTool(tool: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const check = spawn(tool, ['check', 'metrics'], { stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    check.stderr.setEncoding('utf8').on('data', (more: string) => (said += more));
    check.on('error', reject);
    check.on('close', (code) => resolve(code === 0 || code === BADLY_NAMED ? 'read' : `${said}\n${text}`));
    check.stdin.end(text);
  });
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`;
const SAMPLE = new RegExp(String.raw`^${NAME}(?:\{${LABEL}(?:,${LABEL})*\})? (?:NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$`);
const COMMENT = new RegExp(`^# (?:HELP ${NAME} .*|TYPE ${NAME} (?:gauge|summary))$`);

function byTheRules(text: string): string {
  const wrong = text.split('\n').find((line) => line !== '' && !SAMPLE.test(line) && !COMMENT.test(line));
  return wrong === undefined ? 'read' : `no line of Prometheus: ${wrong}`;
}
