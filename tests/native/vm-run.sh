#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# vm/run from the outside: streams, exit status, time-out, splats, --out, bad
# input, and that nothing is left behind.

. "$(dirname "$0")/../lib/lib.sh"

run=$top/vm/run
"$run" --check 2>"$tmp/err" || skip "no guest can be started here: $(cat "$tmp/err")"
export TMPDIR=$tmp

# Standard output is the command's alone, byte for byte; standard error is apart.
head -c 300000 /dev/urandom >"$tmp/bytes"
"$run" -- sh -c 'cat; echo on standard error >&2; exit 7' <"$tmp/bytes" >"$tmp/out" 2>"$tmp/err"
[ $? = 7 ] || fail "the command's status 7 is lost"
cmp "$tmp/bytes" "$tmp/out" || fail "300000 bytes do not pass through unchanged"
expect_in "$tmp/err" '^on standard error$'
expect_in "$tmp/err" 'status 7; console: .*console.log'

# The command sees the caller's folder, environment and arguments, as root; it cannot write here.
cd "$top/tests" || exit
# shellcheck disable=SC2016 # the guest's shell expands these
SEEN='with blanks' expect_status 0 "$run" --smp 2 -- sh -c '
	echo "cwd $(pwd)"; echo "uid $(id -u)"; echo "cpus $(nproc)"; echo "env $SEEN"; echo "arg $1"
	for m in /proc /sys /sys/kernel/debug /sys/kernel/tracing /sys/fs/bpf /dev/pts; do
		mountpoint -q $m || echo "not mounted: $m"
	done
	echo "lo $(cat /sys/class/net/lo/flags)"
	echo thrown away >"$2" && cat "$2"
	sleep 1000 & ' sh 'a "b" $c' "$tmp/written"
expect_in "$tmp/out" "^cwd $top/tests\$"
expect_in "$tmp/out" '^uid 0$'
expect_in "$tmp/out" '^cpus 2$'
expect_in "$tmp/out" '^env with blanks$'
expect_in "$tmp/out" '^arg a "b" [$]c$'
expect_in "$tmp/out" '^lo 0x9$'
expect_in "$tmp/out" '^thrown away$'
! grep 'not mounted' "$tmp/out" || fail "a file system is missing"
[ ! -e "$tmp/written" ] || fail "the guest wrote to the host"
cd "$top" || exit

# --out comes back.
# shellcheck disable=SC2016
expect_status 0 "$run" --out "$tmp/back" -- sh -c 'seq 1000 >"$1/numbers"; mkdir "$1/sub"; echo x >"$1/sub/y"' \
	sh "$tmp/back"
[ "$(tail -n1 "$tmp/back/numbers")" = 1000 ] || fail "--out: the file did not come back whole"
[ "$(cat "$tmp/back/sub/y")" = x ] || fail "--out: the folder did not come back"

# Programs that are not there, commands that die.
expect_status 127 "$run" -- no-such-program
expect_in "$tmp/err" 'cannot run no-such-program'
# shellcheck disable=SC2016
expect_status 137 "$run" -- sh -c 'kill -9 $$'

# Time-out: 124, and the guest is gone.
expect_status 124 "$run" --timeout 2 -- sh -c 'echo before; while :; do sleep 1; done'
expect_in "$tmp/out" '^before$'
expect_in "$tmp/err" 'time-out: not done after 2 s'
expect_in "$tmp/err" 'last lines of the console'

# Also of a command that prints without a pause.
expect_status 124 "$run" --timeout 2 -- yes
: >"$tmp/out"

# On a terminal, too, the log of what failed is named.
script -qec "$run -- false" /dev/null >"$tmp/out" 2>&1 </dev/null
expect_in "$tmp/out" 'status 1; console: .*console.log'

# A kernel that warns, on purpose: 125, though the command succeeded.
expect_status 125 "$run" -- sh -c 'echo WARNING >/sys/kernel/debug/provoke-crash/DIRECT; echo done'
expect_in "$tmp/out" '^done$'
expect_in "$tmp/err" 'WARNING: CPU: .*lkdtm'
expect_in "$tmp/err" 'ended with status 0'
# One that dies: 125, and soon.
start=$SECONDS
expect_status 125 "$run" --timeout 100 -- sh -c 'echo PANIC >/sys/kernel/debug/provoke-crash/DIRECT; sleep 1000'
expect_in "$tmp/err" 'Kernel panic'
[ $((SECONDS - start)) -lt 60 ] || fail "a panic is noticed after $((SECONDS - start)) s only"
expect_status 125 "$run" --timeout 100 -- sh -c 'echo EXCEPTION >/sys/kernel/debug/provoke-crash/DIRECT; sleep 1000'
expect_in "$tmp/err" 'BUG: kernel NULL pointer'
# A guest that just stops is not a success.
expect_status 126 "$run" -- sh -c 'echo o >/proc/sysrq-trigger; sleep 1000'
expect_in "$tmp/err" 'stopped before the command ended'

# Instructions as a clock: the same work takes the same time, in nanoseconds.
expect_status 0 "$run" --icount -- cat /proc/uptime

# Ended from outside: nothing stays, no process and no file.
for signal in TERM KILL; do
	# Not the "up" of the time before.
	: >"$tmp/out"
	ls "$tmp" >"$tmp/before"
	"$run" -- sh -c 'echo up; sleep 1000' >"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
	wait_for 60 grep -q up "$tmp/out"
	job=$(comm -13 "$tmp/before" <(ls "$tmp") | grep '^devmemtop-vm')
	pgrep -f "guest $tmp/$job" >"$tmp/qemus" || fail "no QEMU runs for $job?"
	kill -$signal $pid
	wait $pid
	gone() { ! pgrep -f "guest $tmp/$job"; }
	wait_for 20 gone
	[ $signal = KILL ] || [ ! -e "$tmp/$job" ] || fail "its files stay after SIG$signal"
done

# Bad input: one line that says what is wrong.
bad() {
	local pattern=$1
	shift
	expect_status 126 "$run" "$@"
	[ "$(wc -l <"$tmp/err")" = 1 ] || fail "more than one line for: vm/run $*"
	expect_in "$tmp/err" "$pattern"
}
bad 'no command'
bad 'no command' --smp 2
TMPDIR=/dev/shm bad 'job .TMPDIR. cannot be in /dev/shm: the guest has a /dev of its own' -- true
mkdir "$tmp/with blank"
TMPDIR="$tmp/with blank" bad 'cannot be told of paths with blanks' -- true
mkdir "$tmp/bin"
printf '#!/bin/sh\nexit 1\n' >"$tmp/bin/env"
chmod +x "$tmp/bin/env"
PATH=$tmp/bin:$PATH bad 'cannot write .*/env: is .* full' -- true
bad 'unknown option --nope' --nope -- true
bad "smp needs a number above 0, got '0'" --smp 0 -- true
bad 'up to 8 CPUs' --smp 9 -- true
bad 'timeout needs a value' --timeout
bad "timeout needs a number above 0, got 'x'" --timeout x -- true
bad "timeout needs a number above 0, got '12345678901'" --timeout 12345678901 -- true
bad "unknown kernel 'nope'" --kernel nope -- true
bad 'cannot read the kernel ./nope' --kernel ./nope -- true
DEVMEMTOP_ACCEL=nope bad 'must be kvm or tcg' -- true
unset DEVMEMTOP_KERNEL
DEVMEMTOP_CACHE=$tmp/empty bad "run 'make kernel' first" -- true
DEVMEMTOP_CACHE=$tmp/empty bad "run 'vm/build-kernel --debug' first" --kernel debug -- true

# KVM is tried once; that it does not work is remembered for one kernel only. Here QEMU is replaced by
# one that boots only the right kernel.
[ -w /dev/kvm ] || exit 0
cat >"$tmp/bin/qemu-system-x86_64" <<'END'
#!/bin/bash
[[ " $* " =~ -serial\ file:([^ ]*)\ -kernel\ ([^ ]*) ]]
echo "${BASH_REMATCH[2]##*/}" >>"$PROBES"
[[ ${BASH_REMATCH[2]} != */good ]] || echo 'Kernel panic - not syncing: VFS' >"${BASH_REMATCH[1]}"
END
rm "$tmp/bin/env"
chmod +x "$tmp/bin/qemu-system-x86_64"
touch "$tmp/good" "$tmp/bad" "$tmp/worse"
tried() {
	export PROBES=$tmp/probes
	DEVMEMTOP_ACCEL='' DEVMEMTOP_CACHE=$tmp/kvm PATH=$tmp/bin:$PATH expect_status 0 \
		"$run" --check --kernel "$tmp/$1"
	[ "$(xargs <"$PROBES")" = "$2" ] || fail "tried after $1: $(xargs <"$PROBES")"
}
tried bad 'bad'
tried bad 'bad'
tried worse 'bad worse'
tried good 'bad worse good'
tried bad 'bad worse good'
