#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Debian's kernel in the guest: its name depends on what goes in, it boots,
# modprobe finds all of its modules and ours, nothing of it is installed on the
# host, and an error says what is missing.

. "$(dirname "$0")/../lib/lib.sh"

stock=$top/vm/stock-kernel
folder=$("$stock" --print 2>"$tmp/err") || skip "$(cat "$tmp/err")"
before=$(ls -A /boot /lib/modules 2>&1)
expect_status 0 "$stock"
[ -r "$folder/vmlinux" ] || fail "--print names another folder than the one that is made"
release=$(basename "$folder"/modules/*)
like=${release//+/[+]} # as a pattern

# A second time there is nothing to do.
stamp=$(stat -c %Y:%i "$folder/vmlinux")
expect_status 0 "$stock"
[ ! -s "$tmp/err" ] && [ "$(stat -c %Y:%i "$folder/vmlinux")" = "$stamp" ] || fail "made again without need"

# The name follows the driver, and only what goes in.
copy=$tmp/copy
mkdir -p "$copy/kernel/drivers/net"
cp -r "$top/vm" "$copy" && cp -r "$top/kernel/drivers/net/devmemsim" "$copy/kernel/drivers/net" || exit
[ "$("$copy/vm/stock-kernel" --print)" = "$folder" ] || fail "the same content has another name"
echo >>"$copy/vm/demo"
[ "$("$copy/vm/stock-kernel" --print)" = "$folder" ] || fail "the name depends on a file that does not go in"
echo >>"$copy/kernel/drivers/net/devmemsim/wire.c"
[ "$("$copy/vm/stock-kernel" --print)" != "$folder" ] || fail "the name does not depend on the driver"

# A driver that does not compile is named by its lines; there is no half-made folder then.
echo 'int broken(void) { return no_such_thing; }' >>"$copy/kernel/drivers/net/devmemsim/wire.c"
expect_status 1 "$copy/vm/stock-kernel"
expect_in "$tmp/err" 'wire.c:[0-9]+.*no_such_thing'
expect_in "$tmp/err" 'does not build against'
[ ! -e "$("$copy/vm/stock-kernel" --print)" ] || fail "a folder without a driver is left"

"$top/vm/run" --kernel stock --check 2>"$tmp/err" || skip "no guest can be started here: $(cat "$tmp/err")"
# shellcheck disable=SC2016 # the guest's shell expands these
expect_status 0 "$top/vm/run" --kernel stock --timeout 120 -- sh -c '
	uname -r
	modprobe veth && modprobe dummy && echo modules of the image
	modinfo -F filename devmemsim
	ip link add sim0 type devmemsim && echo the module came by itself
	[ -s /sys/kernel/btf/devmemsim ] && [ -s /sys/kernel/btf/vmlinux ] && echo types of both
	[ -d /sys/kernel/tracing/events/devmem ] || echo no events of ours'
expect_in "$tmp/out" "^$like\$"
expect_in "$tmp/out" '^modules of the image$'
expect_in "$tmp/out" "^/lib/modules/$like/updates/devmemsim.ko\$"
expect_in "$tmp/out" '^the module came by itself$'
expect_in "$tmp/out" '^types of both$'
expect_in "$tmp/out" '^no events of ours$'

[ "$(ls -A /boot /lib/modules 2>&1)" = "$before" ] || fail "something was installed on the host"

# No package, no network: one clear error. Here apt-get is replaced by one that always fails.
mkdir "$tmp/bin"
printf '#!/bin/sh\necho no network here >&2\nexit 100\n' >"$tmp/bin/apt-get"
printf '#!/bin/sh\nexit 0\n' >"$tmp/bin/apt-cache"
chmod +x "$tmp/bin"/*
PATH=$tmp/bin:$PATH DEVMEMTOP_CACHE=$tmp/cache expect_status 1 "$stock"
expect_in "$tmp/err" 'apt knows no package linux-image-6.12-amd64'
rm "$tmp/bin/apt-cache"
PATH=$tmp/bin:$PATH DEVMEMTOP_CACHE=$tmp/cache expect_status 1 "$stock"
expect_in "$tmp/err" 'no network here'
expect_in "$tmp/err" "cannot fetch linux-image-$like"
[ -z "$(find "$tmp/cache" -name '*.new.*')" ] || fail "a half-fetched package is left"
# Fetched once, it needs neither.
printf '#!/bin/sh\nexit 0\n' >"$tmp/bin/apt-cache"
chmod +x "$tmp/bin/apt-cache"
PATH=$tmp/bin:$PATH expect_status 0 "$stock" --print
[ "$(cat "$tmp/out")" = "$folder" ] || fail "without apt's lists the cached image is not taken"

# An update of apt's lists names a newer one, and then there is no network: the cached one is used,
# and for a while the newer one is not tried. What a run that was killed left goes.
mkdir -p "$tmp/cache/stock/packages/6.12.1-amd64_6.12.1-1" "$tmp/cache/stock/packages/x.new.y"
# shellcheck disable=SC2016 # for that script
printf '#!/bin/sh\ncase $1 in depends) echo "  Depends: linux-image-6.12.999-amd64" ;; *) echo "Version: 6.12.999-1" ;; esac\n' \
	>"$tmp/bin/apt-cache"
offline() {
	PATH=$tmp/bin:$PATH DEVMEMTOP_CACHE=$tmp/cache "$stock" "$@"
}
expect_status 0 offline --headers
expect_in "$tmp/out" '/linux-headers-6.12.1-amd64$'
expect_in "$tmp/err" 'cannot fetch linux-image-6.12.999-amd64 6.12.999-1: taking the cached 6.12.1-amd64_6.12.1-1'
expect_status 0 offline --headers
[ ! -s "$tmp/err" ] || fail "what could not be fetched is tried again at once: $(cat "$tmp/err")"
[ ! -e "$tmp/cache/stock/packages/x.new.y" ] || fail "a half-fetched package is left"

expect_status 1 "$stock" --nope
expect_in "$tmp/err" 'unknown option --nope'
