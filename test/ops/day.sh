#!/usr/bin/env bash
# A day with a session cluster, played through the command line alone: five jobs, a savepoint, a cancellation, a restore
# with more parallelism, a cluster that is killed, the end. What the jobs write is counted at each step: no record may be
# missing, and none may be there twice.
#
#   test/ops/day.sh <empty folder>      needs bash, jq and a built command line; FLINK names another one
set -euo pipefail
export LC_ALL=C

repository=$(cd "$(dirname "$0")/../.." && pwd)
here=$(cd "$1" && pwd)
cd "$here"
# Neither jobs nor clusters that this machine's user has beside these are seen.
export FLINK_TS_HOME=$here/home TMPDIR=$here/temporary
mkdir -p "$TMPDIR"
read -r -a command <<< "${FLINK:-node $repository/bin/run.js}"
patience=${PATIENCE:-60}

flink() { "${command[@]}" "$@" 2>> "$here/said.txt"; }

fail() {
  printf 'not ok: %s\n' "$1" >&2
  tail -n 20 "$here/said.txt" >&2
  flink list -a >&2 || true
  exit 1
}

# want <what> <expected> <actual>
want() {
  [ "$2" = "$3" ] || fail "$1: expected $2, but got $3"
  printf 'ok: %s\n' "$1"
}

# eventually <what> <command …>: until the command succeeds
eventually() {
  local what=$1 until=$((SECONDS + patience))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || fail "$what: not within ${patience}s"
    sleep 0.1
  done
  printf 'ok: %s\n' "$what"
}

submit() { flink run -d --json "$@" | jq -r .jobId; }
state() { flink list -a --json | jq -r --arg id "$1" '.[] | select(.jid == $id) | .state'; }
is() { [ "$(state "$1")" = "$2" ]; }
free_slots() { flink cluster status --json | jq '."slots-available"'; }

# Finished files only: the others begin with a dot.
lines() { if compgen -G "$1/part-*" > /dev/null; then cat "$1"/part-*; fi; }
count() { lines "$1" | wc -l | tr -d ' '; }
more_than() { [ "$(count "$1")" -gt "$2" ]; }

# Lines are "digit,n", and n counts the digit's numbers: for each digit 1, 2, 3 … up to the last one, each once.
unbroken() { sort -t, -k1,1n -k2,2n | awk -F, '$1 != digit { digit = $1; n = 0 } $2 != n + 1 { print "after " digit "," n " comes " $0; bad = 1; exit 1 } { n = $2 } END { exit bad }'; }
# The source goes through the digits in turn: none is ahead of another by more than one.
even() { awk -F, '{ if ($2 > last[$1]) last[$1] = $2 } END { for (d in last) { if (!seen || last[d] < low) low = last[d]; if (last[d] > high) high = last[d]; seen++ } print seen, (high - low <= 1 ? "even" : "uneven") }'; }
twice() { sort | uniq -d | wc -l | tr -d ' '; }

high_availability=(-D high-availability.type=level -D "high-availability.storageDir=$here/store")
start() { flink cluster start --json --port 0 --task-managers 2 --slots 4 "${high_availability[@]}" | jq -r .pid; }

pid=$(start)
trap 'flink cluster stop || true' EXIT
want 'a cluster starts with all its slots' '8 true' "$(flink cluster status --json | jq -r '"\(."slots-available") \(.highAvailability)"')"

echo '--- five jobs'
ledger=$(submit "$repository/jobs/exactly-once-files.ts" --output ledger --count 1000000000 --rate 500)
orders=$(submit "$repository/jobs/exactly-once-files.ts" --output orders --count 1000000000 --rate 500)
sums=$(submit "$repository/test/ops/numbers-and-sums.ts" --output sums)
words=$(submit "$repository/jobs/word-count.ts")
faulty=$(submit -D restart-strategy.type=none "$repository/test/ops/faulty.ts")
eventually 'the word count finishes' is "$words" FINISHED
eventually 'the faulty job fails' is "$faulty" FAILED
book=$(tr -s '[:space:]' '\n' < "$repository/jobs/data/alice.txt" | grep -c .)
want 'each word of the book is counted once' "$book 0" "$(awk '{ sum += $NF } END { print sum }' "$FLINK_TS_HOME/log/$words.out") $(cut -d' ' -f1 "$FLINK_TS_HOME/log/$words.out" | twice)"
for name in ledger orders sums/numbers; do eventually "$name has output" more_than "$name" 0; done
want 'three jobs run, in three slots' '3 5' "$(flink list -r --json | jq length) $(free_slots)"

echo '--- a savepoint, a cancellation, a restore with more parallelism'
savepoint=$(flink savepoint --json "$orders" savepoints | jq -r .location)
at_savepoint=$(count orders)
want 'the job with the savepoint still runs' RUNNING "$(state "$orders")"
eventually 'and goes on writing' more_than orders "$at_savepoint"
flink cancel "$orders" > /dev/null
eventually 'it is cancelled' is "$orders" CANCELED
lines orders | unbroken || fail 'the cancelled job has lost a record or written one twice'
lines orders | sort > cancelled.txt
restored=$(submit -p 2 -s "$savepoint" "$repository/jobs/exactly-once-files.ts" --output orders --count 1000000000 --rate 500)
eventually 'the restored job has output' more_than orders "$(wc -l < cancelled.txt)"
want 'it has two slots' 4 "$(free_slots)"

echo '--- the cluster is killed'
kill -9 "$pid"
while flink cluster status > /dev/null; do sleep 0.1; done
want 'nothing runs without it' 0 "$(flink list --json | jq length)"
sleep 1
for name in ledger orders sums/numbers; do declare "before_${name%/*}=$(count "$name")"; done
pid=$(start)
for job in "$ledger" "$restored" "$sums"; do eventually "job $job runs again under its id" is "$job" RUNNING; done
eventually 'the ledger goes on' more_than ledger "$before_ledger"
eventually 'the restored job goes on' more_than orders "$before_orders"
eventually 'the sums go on' more_than sums/numbers "$before_sums"
want 'three jobs run, in four slots' '3 4' "$(flink list -r --json | jq length) $(free_slots)"
want 'those that had ended have ended' 'CANCELED FINISHED FAILED' "$(state "$orders") $(state "$words") $(state "$faulty")"

echo '--- the end of the day'
for job in "$ledger" "$restored" "$sums"; do
  flink stop --drain --json -p savepoints "$job" | jq -e '.location | length > 0' > /dev/null || fail "job $job was not stopped"
  eventually "job $job has stopped" is "$job" FINISHED
done
lines ledger | unbroken || fail 'the ledger has lost a record or written one twice'
want 'the ledger has all ten digits, none ahead' '10 even' "$(lines ledger | even)"
lines orders | sort -u | unbroken || fail 'a record of the restored job is missing'
want 'the restored job has all ten digits, none ahead' '10 even' "$(lines orders | even)"
# What the cancelled job had written since the savepoint was written again; nothing else is there twice, and nothing three times.
lines orders | sort | uniq -d > doubled.txt
want 'no record is there a third time' "$(count orders)" "$(cat <(lines orders | sort -u) doubled.txt | wc -l | tr -d ' ')"
want 'only the cancelled job had written what is there twice' 0 "$(comm -13 cancelled.txt doubled.txt | wc -l | tr -d ' ')"
comm -23 cancelled.txt doubled.txt | unbroken || fail 'a record from before the savepoint was written again'
numbers=$(count sums/numbers)
want 'the numbers are 0, 1, 2 … without a gap' "$numbers 0 $((numbers - 1))" "$(lines sums/numbers | sort -nu | awk 'NR == 1 { first = $1 } { last = $1 } END { print NR, first, last }')"
want 'each number was counted in one window' "$numbers 0" "$(lines sums/counts | awk -F, '{ sum += $3 } END { print sum }') $(lines sums/counts | cut -d, -f1,2 | twice)"
want 'the list tells of every job' 'CANCELED 1 FAILED 1 FINISHED 4' "$(flink list -a --json | jq -r 'group_by(.state) | map("\(.[0].state) \(length)") | join(" ")')"
want 'all slots are free' 8 "$(free_slots)"
flink cluster stop
trap - EXIT
want 'the list outlives the cluster' 6 "$(flink list -a --json | jq length)"
want 'nothing that is to go on is in its store any more' 0 "$(find store/default/bundles store/default/results -type f | wc -l | tr -d ' ')"
echo 'The day is over.'
