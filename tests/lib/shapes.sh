# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# Kernels that are not here: what devmemtop does when the BTF of the running kernel says that a
# later release renamed or dropped something, or says nothing at all. Sourced by
# tests/native/bpf-shapes.sh and tests/guest/bpf-shapes.sh. See tests/unit/shape_btf.c.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
dmt=$top/build/devmemtop

# as_kernel WORD... -- COMMAND...: run COMMAND with the BTF that these words make.
as_kernel() {
	local words=()

	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	"$top/build/tests/shape_btf" "$tmp/btf" "${words[@]}" || fail "no BTF for ${words[*]}"
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mount --bind "$0" /sys/kernel/btf/vmlinux && exec "$@"' "$tmp/btf" "$@"
}

# check_as WORD...: run `devmemtop check` there, with its output in $tmp/check.
check_as() {
	as_kernel "$@" -- "$dmt" check >"$tmp/check"
}

# from FACT FILE: the source of the fact in FILE, an output of check.
from() {
	awk -v fact="$1" '$2 == fact { on = 1; next } on { sub(/^ *from: /, ""); sub(/:.*/, ""); print; exit }' "$2"
}

# same WORD...: check says the same as on the real kernel, and no program is refused.
same() {
	check_as "$@"
	diff "$tmp/here" "$tmp/check" >&2 || fail "with $*: check says something else"
	as_kernel "$@" -- "$dmt" check --effort >"$tmp/effort" || {
		grep -- '- -' "$tmp/effort" >&2
		fail "with $*: programs are refused"
	}
	echo "$*: $(wc -l <"$tmp/effort") programs, and check says the same"
}

[ "$(id -u)" = 0 ] || skip "needs root"
[ -r /sys/kernel/btf/vmlinux ] || skip "this kernel has no BTF"
unshare -m true 2>/dev/null || skip "no mount namespaces here"
"$dmt" check >"$tmp/here"
# Does any fact come from fentry here? If not, all have a better source, or fentry does not work.
fentry=yes
! grep -q 'fentry does not work' "$tmp/here" || fentry=
by_fentry=
[ "$(from restarts "$tmp/here")" != fentry ] || by_fentry=yes

# 7.1: a net_iov's members are elsewhere, another function restarts queues, and the functions that
# give up queues have other names. Here, functions with the same arguments stand for them.
later_release() {
	local program

	same niov queue-config netif_set_real_num_rx_queues=netdev_rx_queue_reconfig \
		netif_device_attach=netif_mp_close_rxq netif_device_detach=__netif_mp_close_rxq
	for program in devmem_trace\ f_reconfig{,_end} devmem_races\ s_reconfig{,_end} \
		devmem_races\ s_close_if{,_end,_inner,_inner_end}; do
		[ -z "$fentry" ] || grep -q "^$program " "$tmp/effort" || fail "$program was not loaded"
	done
}

# A restart that cannot be seen is not known, and not half known.
unseen_restarts() {
	local code

	[ -n "$by_fentry" ] || return 0
	check_as queue-config
	expect_in "$tmp/check" '^NO +restarts '
	expect_in "$tmp/check" '^NO +down-time '
	expect_in "$tmp/check" 'why: .*no function netdev_rx_queue_reconfig\(\)'
	for code in RESTART_FAILED RESTART_STUCK STALE_DELIVERY PROVIDER_GONE; do
		expect_in "$tmp/check" "not: $code: this kernel has no function netdev_rx_queue_reconfig\(\)"
	done
	! grep -q 'not: MIXED_FRAGS' "$tmp/check" || fail "MIXED_FRAGS needs no restarts"
	[ "$(from binds "$tmp/check")" = fentry ] || fail "binds do not come from fentry any more"
	echo "7.0 without its function: restarts are not known"
}

# A function that the BTF does not have, but the kernel has.
no_function() {
	[ -n "$by_fentry" ] && [ -e /sys/bus/event_source/devices/kprobe/type ] || return 0
	check_as net_devmem_unbind_dmabuf=gone
	[ "$(from unbinds "$tmp/check")" = kprobes ] ||
		fail "unbinds come from '$(from unbinds "$tmp/check")' and not from a kprobe"
	[ "$(from binds "$tmp/check")" = fentry ] || fail "binds do not come from fentry any more"
	expect_in "$tmp/check" 'not: UNBOUND_HELD: this kernel has no function net_devmem_unbind_dmabuf\(\)'
	echo "a function not in BTF: by a kprobe"
}

# A member that the table of facts names is named when it is missing.
no_member() {
	if grep -q '^ok  *io_uring ' "$tmp/here"; then
		check_as no-io_zcrx_ifq.area
		expect_in "$tmp/check" "why: this kernel's struct io_zcrx_ifq has no area"
	fi
	check_as no-sk_buff.unreadable
	# Without fentry, only that race can be seen.
	[ -n "$fentry" ] || { expect_in "$tmp/check" '^NO +races '; return; }
	expect_in "$tmp/check" "not: MIXED_FRAGS: this kernel's struct sk_buff has no unreadable"
	echo "a member that is missing is named"
}

# One program that the kernel refuses, because of a member that it does not know, is one source less.
one_refused() {
	check_as no-skb_shared_info.nr_frags
	# Without fentry that one is all there is.
	[ -n "$fentry" ] || { expect_in "$tmp/check" '^NO +races '; return; }
	expect_in "$tmp/check" '^ok +races '
	expect_in "$tmp/check" 'not: MIXED_FRAGS: this kernel refuses the program on_gro_receive'
	echo "the detectors run without those that are refused"
	[ -n "$by_fentry" ] || return 0
	check_as no-sk_buff.data_len
	expect_in "$tmp/check" 'why: .*this kernel refuses the program f_recv'
	expect_in "$tmp/check" '^NO +token-gets '
	[ "$(from binds "$tmp/check")" = fentry ] || fail "binds do not come from fentry any more"
	[ "$(from provider-time "$tmp/check")" = fentry ] || fail "nor does provider-time"
	echo "so do the others"
}

# without_state MEMBER SOURCES WHAT MAPS: on a kernel that refuses what reads MEMBER there are these
# SOURCES; one line says that it is no good for WHAT, and of its MAPS (a pattern) none is there.
without_state() {
	as_kernel "no-$1" -- "$dmt" --json -n 1 >"$tmp/json" 2>"$tmp/err" || fail "no $1: does not run"
	[ "$(jq -c .sources "$tmp/json")" = "$2" ] || fail "no $1: $(jq -c .sources "$tmp/json")"
	[ "$(wc -l <"$tmp/err")" = 1 ] || fail "no $1: not one line: $(cat "$tmp/err")"
	expect_in "$tmp/err" "refused the BPF programs for $3 \(.*\): DEVMEMTOP_DEBUG=1 shows why"
	# shellcheck disable=SC2016 # for the inner shell
	as_kernel "no-$1" -- timeout 120 bash -c '
		"$0" -b -d 0.1 >"$1" 2>/dev/null &
		until grep -q "lost events" "$1"; do sleep 0.1; done
		sed -n "s/^map_id:[[:space:]]*//p" /proc/$!/fdinfo/* 2>/dev/null | sort -u | while read -r id; do
			bpftool -j map show id "$id" | jq -r .name
		done
		kill $!
		wait' "$dmt" "$tmp/stream" >"$tmp/maps"
	grep -qx niov_allocs "$tmp/maps" || fail "no $1: no maps of the events: $(cat "$tmp/maps")"
	! grep -xE "$4" "$tmp/maps" || fail "no $1: maps that nobody needs"
	echo "no $1: $2, and $(wc -l <"$tmp/maps") maps"
}

# Walk and sockets are loaded with the events. The part that the kernel refuses is left out.
state_refused() {
	local sockets='socket_states|pool_parts|seen_niovs|owners'

	"$dmt" --json -n 1 2>/dev/null | jq -e '.sources == ["events","walk","sockets","netlink"]' >/dev/null ||
		return 0
	without_state sock.sk_backlog '["events","walk","netlink"]' 'reading the sockets' "$sockets"
	# Sockets are of no use without the walk.
	without_state page_pool.ring '["events","netlink"]' 'walking the page pools' \
		"$sockets|pool_states|rxq_states"
}

# said_once TEXT COMMAND...: what COMMAND cannot do is one line, with TEXT.
said_once() {
	local text=$1 out=$tmp/json

	shift
	"$@" "$dmt" --json -n 1 >"$out" 2>"$tmp/err" || fail "$text: devmemtop does not run"
	[ "$(jq -c .sources "$out")" = '["netlink"]' ] || fail "$text: $(jq -c .sources "$out")"
	[ "$(wc -l <"$tmp/err")" = 1 ] || fail "$text: not one line: $(cat "$tmp/err")"
	expect_in "$tmp/err" "$text"
	expect_status 3 "$@" "$dmt" races -- true
	[ "$(wc -l <"$tmp/err")" = 1 ] || fail "$text: not one line: $(cat "$tmp/err")"
	expect_in "$tmp/err" "$text"
	expect_status 1 "$@" "$dmt" check
	[ "$(grep -cE "^ +why: $text" "$tmp/out")" -ge 4 ] || {
		cat "$tmp/out" >&2
		fail "check does not say '$text' of events, walk, sockets and races"
	}
	expect_in "$tmp/out" '^ok +bound-queues '
	grep -Em1 -A1 "why: $text" "$tmp/out" | sed 's/^ *//' | paste -sd' '
}

without_btf() {
	local kernels=/sys/kernel/btf

	said_once 'this kernel has no devmem TCP' as_kernel no-net_devmem_dmabuf_binding --
	said_once 'no BTF in /sys/kernel/btf/vmlinux' \
		unshare -m sh -c "mount -t tmpfs none $kernels && exec \"\$@\"" sh
	said_once 'cannot read the BTF in /sys/kernel/btf/vmlinux \(.*\)' \
		unshare -m sh -c "mount --bind /dev/null $kernels/vmlinux && exec \"\$@\"" sh
	: >"$tmp/btf"
	chmod 0 "$tmp/btf"
	said_once 'cannot read the BTF in /sys/kernel/btf/vmlinux \(Permission denied\)' \
		unshare -m sh -c "mount --bind $tmp/btf $kernels/vmlinux &&
			exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \"\$@\"" sh
}
