/**
 * `flink cluster stop`: tells the session cluster of this user to end, and waits until it has.
 */
import { readFileSync } from 'node:fs';
import { type Clock, sleep } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { ClientTimeout } from '../../core/options.js';
import { isAlive } from '../../core/process-alive.js';
import { formatDuration } from '../../core/time.js';
import { loadConfiguration } from '../configuration/load-configuration.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';
import { runningSession, sessionFolder, type SessionState, sweepDeadSession } from './session-folder.js';

export interface StopRequest {
  /** How long to wait; undefined: for as long as a cluster that is well may take. */
  readonly timeout?: string | undefined;
  /** Whether its process is killed when it has not ended by then. */
  readonly force: boolean;
}

/** A cluster that stops its jobs with savepoints may take this long. */
const PATIENCE_MS = 90_000;
/** Whoever forces it does not want to wait for that. */
const FORCED_PATIENCE_MS = 10_000;
/** After which whoever waits is told what for. */
const SILENCE_MS = 3_000;
const LOOK_MS = 50;

export async function stopSession({ timeout, force }: StopRequest, reporter: Reporter, clock: Clock): Promise<ExitCode> {
  const { configuration } = await loadConfiguration({ settings: (settings) => void (timeout !== undefined && settings.setRaw(ClientTimeout, timeout, '--timeout')) });
  const patienceMs = timeout === undefined ? (force ? FORCED_PATIENCE_MS : PATIENCE_MS) : configuration.get(ClientTimeout);
  const folder = sessionFolder(configuration);
  const state = await runningSession(folder);
  if (!state) throw new FlinkError('NEEDS_CLUSTER', 'no session cluster runs');
  reporter.say(`Stopping session cluster (PID ${state.pid}).`);
  process.kill(state.pid, 'SIGTERM');
  const killed = !(await goneWithin(patienceMs, state, reporter, clock));
  if (killed) {
    if (!force) throw new FlinkError('TIMEOUT', `the cluster has not ended within ${formatDuration(patienceMs)}${isHalted(state.pid) ? ': its process is halted' : ''}`, { hint: `Its log may say why: ${state.log}. \`flink cluster stop --force\` kills it, and its jobs with it.` });
    process.kill(state.pid, 'SIGKILL');
    while (isAlive(state.pid)) await sleep(clock, LOOK_MS);
    sweepDeadSession(folder);
  }
  reporter.say(`The session cluster has ${killed ? `been killed, for it had not ended within ${formatDuration(patienceMs)}. The processes of its jobs end with it` : 'ended'}.`);
  reporter.answer({ pid: state.pid, killed });
  return EXIT.finished;
}

/** Says what it waits for when that takes long. */
async function goneWithin(patienceMs: number, { pid, log }: SessionState, reporter: Reporter, clock: Clock): Promise<boolean> {
  const began = clock.monotonic();
  for (let told = false; isAlive(pid); await sleep(clock, LOOK_MS)) {
    const waited = clock.monotonic() - began;
    if (waited > patienceMs) return false;
    if (told || waited < SILENCE_MS) continue;
    told = true;
    const what = isHalted(pid) ? `Its process is halted (SIGSTOP) and hears nothing: \`kill -CONT ${pid}\` lets it go on` : `It ends its jobs; its log says how far it is: ${log}`;
    reporter.say(`Waiting for it to end, ${formatDuration(patienceMs)} at most. ${what}.`);
  }
  return true;
}

/** As far as the system says. */
function isHalted(pid: number): boolean {
  try {
    return /^\d+ \(.*\) [Tt] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
