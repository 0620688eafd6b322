#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 300
# kernels: devmem stock
#
# The smallest set of capabilities with which devmemtop sees everything is CAP_BPF and
# CAP_PERFMON: with them all is there, without either something is missing, and is named.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"
dmt=$testbed_top/build/devmemtop
line=$testbed_dir/line.json

# as CAPABILITIES COMMAND...: run by a user who has these, after "+" and with commas, and no more.
as() {
	local caps=-all${1:+,$1}

	shift
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps="$caps" \
		--ambient-caps="$caps" --bounding-set="$caps" "$@"
}

# sees CAPABILITIES SOURCES
sees() {
	as "$1" "$dmt" --json -n 1 >"$line" || testbed_fail "devmemtop failed with '$1'"
	[ "$(jq -c .sources "$line")" = "$2" ] ||
		testbed_fail "with '$1' the sources are $(jq -c .sources "$line"), not $2"
}

testbed_up 2
trap testbed_down EXIT
recv_start --size 16M --hold 100 --batch 1 --queues 1
send_start --bytes 512M --rate 2M
held() {
	"$dmt" --json -n 1 | jq -e '.sockets[0].tokens_count == 100' >/dev/null
}
wait_for 60 held || testbed_fail "the receiver does not hold 100 tokens"

sees +bpf,+perfmon '["events","walk","sockets","netlink"]'
jq -e '.incomplete == null and .queues[0].parts.user_niovs > 0 and (.sockets[0] |
	.tokens_count > 0 and .comm == "devmem-recv" and .pid > 0)' "$line" >/dev/null ||
	testbed_fail "with CAP_BPF and CAP_PERFMON: $(jq -c '{incomplete, queues, sockets}' "$line")"
# What is missing then is the kernel's fault. But where rtnl_mutex is takes CAP_SYSLOG to see.
hidden='not: NO_RTNL: /proc/kallsyms does not show where rtnl_mutex is'
"$dmt" check >"$testbed_dir/root"
! grep -q "$hidden" "$testbed_dir/root" || testbed_fail "root does not see where rtnl_mutex is"
as +bpf,+perfmon "$dmt" check >"$testbed_dir/seen"
grep -q "$hidden" "$testbed_dir/seen" || testbed_fail "without CAP_SYSLOG: $(cat "$testbed_dir/seen")"
grep -v "$hidden" "$testbed_dir/seen" >"$testbed_dir/out"
diff "$testbed_dir/root" "$testbed_dir/out" >&2 ||
	testbed_fail "check with CAP_BPF and CAP_PERFMON differs from root's"

sees "" '["netlink"]'
sees +perfmon,+net_admin '["netlink"]'
jq -e '.queues[0].binding_id > 0 and .queues[0].outstanding_niovs > 0' "$line" >/dev/null ||
	testbed_fail "without BPF: $(jq -c .queues "$line")"
# Whether the walk is allowed depends on the kernel's release; what reads at events is not.
as +bpf,+net_admin "$dmt" --json -n 1 >"$line" 2>"$testbed_dir/err"
jq -e '.sources - ["walk"] == ["netlink"]' "$line" >/dev/null ||
	testbed_fail "without CAP_PERFMON: $(jq -c .sources "$line")"
[ "$(grep -c 'run as root or with CAP_BPF and CAP_PERFMON' "$testbed_dir/err")" = 1 ] ||
	testbed_fail "without CAP_PERFMON: $(cat "$testbed_dir/err")"
as +bpf "$dmt" check >"$testbed_dir/out" && testbed_fail "check is content without CAP_PERFMON"
grep -q 'with CAP_BPF and CAP_PERFMON' "$testbed_dir/out" ||
	testbed_fail "check does not say what is missing: $(cat "$testbed_dir/out")"
echo "CAP_BPF and CAP_PERFMON suffice, and both are needed"
