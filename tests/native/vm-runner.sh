#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# tests/run: what passes, fails and is skipped, and its closing line. On a copy
# with tests of its own.

. "$(dirname "$0")/../lib/lib.sh"

copy=$tmp/copy
mkdir -p "$copy/tests/native" "$copy/tests/checks" "$copy/tests/guest" "$copy/build/tests" "$copy/vm"
cp "$top/tests/run" "$copy/tests"
# A stand-in for the guest: what matters here is what tests/run makes of it.
cat >"$copy/vm/run" <<'END'
#!/bin/bash
echo "vm/run $*"
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
END
printf '#!/bin/sh\necho here\n' >"$copy/vm/build-kernel"
cp "$copy/vm/build-kernel" "$copy/vm/stock-kernel"
chmod +x "$copy"/vm/*
export DEVMEMTOP_KERNEL=/dev/null

# add NAME BODY...
add() {
	printf '#!/bin/bash\n%b\n' "$2" >"$copy/$1"
	chmod +x "$copy/$1"
}
closing() {
	[ "$(tail -n1 "$tmp/out")" = "$1" ] || { cat "$tmp/out"; fail "the last line is not '$1'"; }
}

# Nothing to run is no success.
expect_status 1 "$copy/tests/run"
closing '0 passed, 0 failed'

add tests/native/good.sh 'echo not to be seen'
add build/tests/test_unit 'exit 0'
add tests/guest/inside.sh '# vm: --smp 2 --timeout 7\nexit 0'
expect_status 0 "$copy/tests/run"
closing '3 passed, 0 failed'
expect_in "$tmp/out" '^ok   unit/unit '
expect_in "$tmp/out" '^ok   native/good '
expect_in "$tmp/out" '^ok   guest/inside '
! grep -q 'not to be seen' "$tmp/out" || fail "output of a test that passes is shown"
expect_status 0 "$copy/tests/run" -v
expect_in "$tmp/out" 'not to be seen'
expect_in "$tmp/out" 'vm/run --smp 2 --timeout 7 -- tests/guest/inside.sh'

# On the stock kernel too, when it says so, with options of its own when it has some.
expect_status 1 "$copy/tests/run" stock/
add tests/guest/inside.sh '# vm: --smp 2 --timeout 7\n# kernels: devmem stock\nexit 0'
expect_status 0 "$copy/tests/run" -v
closing '4 passed, 0 failed'
expect_in "$tmp/out" 'vm/run --smp 2 --timeout 7 -- tests/guest/inside.sh'
expect_in "$tmp/out" 'vm/run --smp 2 --timeout 7 --kernel here/vmlinux -- tests/guest/inside.sh'
sed -i '/# vm: /a # vm stock: --smp 1' "$copy/tests/guest/inside.sh"
expect_status 0 "$copy/tests/run" -v stock/inside
closing '1 passed, 0 failed'
expect_in "$tmp/out" 'vm/run --smp 1 --timeout 180 --kernel here/vmlinux -- tests/guest/inside.sh'
add tests/guest/outside.sh '# kernels: stock\nexit 0'
expect_status 0 "$copy/tests/run" --list outside
[ "$(cat "$tmp/out")" = stock/outside ] || fail "a test for the stock kernel only: $(cat "$tmp/out")"
rm "$copy/tests/guest/outside.sh"
printf '#!/bin/sh\nexit 1\n' >"$copy/vm/stock-kernel"
expect_status 1 "$copy/tests/run" stock/inside
expect_in "$tmp/err" 'no stock kernel'
expect_status 0 "$copy/tests/run" guest/inside
cp "$copy/vm/build-kernel" "$copy/vm/stock-kernel"

# Soaking: only tests that say so and those of tests/soak, on the debug kernel, with more time.
mkdir "$copy/tests/soak"
# shellcheck disable=SC2016 # for the test to expand
add tests/soak/hours.sh '# vm: --timeout 100\necho "slow ${DEVMEMTOP_SLOW:-not}"; exit 0'
expect_status 0 "$copy/tests/run" --list
! grep -E 'soak|debug' "$tmp/out" || fail "long tests are run without being asked for"
# shellcheck disable=SC2016 # for the test to expand
add tests/guest/inside.sh '# vm: --smp 2 --timeout 7\n# kernels: devmem debug\necho "slow $DEVMEMTOP_SLOW"; exit 0'
expect_status 1 "$copy/tests/run" --soak
expect_in "$tmp/err" 'no debug kernel'
mkdir "$tmp/here"
printf '#!/bin/sh\necho %s\n' "$tmp/here" >"$copy/vm/build-kernel"
: >"$tmp/here/vmlinux"
printf '#!/bin/sh\nexec "$@"\n' >"$copy/tests/checks/leaks"
chmod +x "$copy/tests/checks/leaks"
expect_status 0 "$copy/tests/run" --soak -v
closing '2 passed, 0 failed'
expect_in "$tmp/out" '^ok   debug/inside '
expect_in "$tmp/out" "vm/run --smp 2 --timeout 28 --kernel $tmp/here/vmlinux -- tests/checks/leaks tests/guest/inside.sh"
expect_in "$tmp/out" 'slow 4'
expect_in "$tmp/out" '^ok   soak/hours '
expect_in "$tmp/out" "vm/run --timeout 100 -- tests/soak/hours.sh"
expect_in "$tmp/out" 'slow not'
rm -r "$copy/tests/soak"
sed -i '/# kernels: /d' "$copy/tests/guest/inside.sh"

# Which runs where; the reasons why not are complete, here and in the real tests.
expect_status 1 "$copy/tests/run" --kernels
expect_in "$tmp/err" 'inside.sh does not say why it is not run on stock'
sed -i '/# vm: /a # not on stock: only ours has an inside' "$copy/tests/guest/inside.sh"
expect_status 0 "$copy/tests/run" --kernels
expect_in "$tmp/out" '^inside +devmem +only ours has an inside$'
sed -i '/# vm: /a # kernels: devmem stock' "$copy/tests/guest/inside.sh"
expect_status 1 "$copy/tests/run" --kernels
expect_in "$tmp/err" 'inside.sh is run on stock and says why not'
sed -i '/# not on stock: /d; s/# kernels: .*/# kernels: stock/' "$copy/tests/guest/inside.sh"
expect_status 0 "$copy/tests/run" --list
[ "$(grep inside "$tmp/out")" = stock/inside ] || fail "only for stock: $(cat "$tmp/out")"
sed -i '/# kernels: /d; /# not on stock: /d' "$copy/tests/guest/inside.sh"
expect_status 0 "$copy/tests/run" --list
[ "$(grep inside "$tmp/out")" = guest/inside ] || fail "for our own: $(cat "$tmp/out")"
expect_status 0 "$top/tests/run" --kernels

add tests/native/skipped.sh 'echo because; exit 77'
expect_status 0 "$copy/tests/run"
closing '3 passed, 0 failed, 1 skipped'
expect_in "$tmp/out" '^skip native/skipped .* because$'

add tests/native/bad.sh 'echo to be seen; exit 3'
add tests/guest/splat.sh 'echo the kernel; exit 125'
add tests/native/killed.sh 'kill -9 $$'
expect_status 1 "$copy/tests/run"
closing '3 passed, 3 failed, 1 skipped'
expect_in "$tmp/out" '^FAIL native/bad .*status 3'
expect_in "$tmp/out" 'to be seen'
expect_in "$tmp/out" '^FAIL guest/splat .*status 125'
expect_in "$tmp/out" '^FAIL native/killed .*status 137'
expect_in "$tmp/out" '^failed: native/bad'

# By name.
expect_status 0 "$copy/tests/run" native/good unit/
closing '2 passed, 0 failed'
expect_status 1 "$copy/tests/run" nothing-like-this
closing '0 passed, 0 failed'
expect_status 2 "$copy/tests/run" --nope

# A script that cannot be started is not passed over in silence.
chmod -x "$copy/tests/native/good.sh"
expect_status 1 "$copy/tests/run"
expect_in "$tmp/err" 'good.sh is not executable'
chmod +x "$copy/tests/native/good.sh"

# Two at once, unless one wants to be alone: then nothing else runs meanwhile.
rm "$copy"/tests/*/*.sh
for i in 1 2; do
	# Each waits for the other, so this only ends when both run.
	add tests/native/pair$i.sh ": >$tmp/here$i; for i in \$(seq 100); do [ -e $tmp/here$((3 - i)) ] && exit 0; sleep 0.1; done; exit 1"
	add tests/native/solo$i.sh "# alone\nmkdir $tmp/lock || exit 1; sleep 0.2; rmdir $tmp/lock"
done
expect_status 0 "$copy/tests/run" -j 2
closing '5 passed, 0 failed'

# Ended: what it started ends, too.
add tests/native/long.sh "echo \$\$ >$tmp/pid; sleep 1000"
"$copy/tests/run" long >/dev/null 2>&1 &
pid=$!
wait_for 10 test -s "$tmp/pid"
kill -TERM $pid
wait $pid
gone() { ! kill -0 "$(cat "$tmp/pid")"; }
wait_for 10 gone
