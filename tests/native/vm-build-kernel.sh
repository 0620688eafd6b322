#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What vm/build-kernel does before it compiles: our files and patches over the
# source, the configuration, the name of the result. On a tree of links to the
# real one, which stays as it is.

. "$(dirname "$0")/../lib/lib.sh"

command -v cpio >/dev/null || skip "no cpio"
tree=$("$top/vm/build-kernel" --tree 2>"$tmp/err") || skip "$(cat "$tmp/err")"
[ -e "$tree/.unpacked" ] || skip "the kernel's source is not unpacked yet: run 'make kernel'"

# A copy of the project, and a build tree made of links (same file system, or there would be none).
export DEVMEMTOP_CACHE=${tree%/tree/*}/test.$$
trap 'rm -rf "$tmp" "$DEVMEMTOP_CACHE"' EXIT
copy=$tmp/copy
mkdir -p "$copy" "$DEVMEMTOP_CACHE"
cp -r "$top/vm" "$top/kernel" "$top/tracepoints" "$copy" || exit
build=$copy/vm/build-kernel
linked=$("$build" --tree)
mkdir -p "$linked"
# What configuring reads, and the folders that we lay files over. No objects: they would be written
# in place through a link.
(cd "$tree" && find . \( -name 'Kconfig*' -o -name 'Makefile*' -o -name Kbuild -o -path './scripts/*' \
	-o -path './net/core/*' -o -path './net/ipv4/*' -o -path './include/net/*' \
	-o -path './include/trace/*' -o -name .unpacked \) -type f ! -name '*.o' ! -name '.*.cmd' ! -name '*.a' \
	! -path './scripts/kconfig/conf' ! -path './scripts/basic/fixdep' -print0 |
	cpio -0pdlm --quiet "$linked") || fail "cannot link the tree"
cp -r "$tree.overlay" "$linked.overlay" || exit
rm -f "$linked/.config"

before=$(cd "$tree" && sha256sum net/core/devmem.c net/core/dev.c .config)

# The result's name follows what goes in, and only that.
key=$("$build" --print)
echo >>"$copy/vm/demo"
[ "$("$build" --print)" = "$key" ] || fail "the kernel's key depends on a file that does not go in"
for file in kernel/net/core/devmem.c kernel/configs/devmem.config tracepoints/devmem.h \
	"kernel/patches/$(cd "$copy/kernel/patches" && find . -name '*.patch' | head -n1)"; do
	cp "$copy/$file" "$tmp/saved"
	echo "/* changed */" >>"$copy/$file"
	[ "$("$build" --print)" != "$key" ] || fail "the kernel's key does not depend on $file"
	cp "$tmp/saved" "$copy/$file"
done
[ "$("$build" --print)" = "$key" ] || fail "the same content has another key"
# The script itself counts by its recipe number, so that its words can change.
sed -i 's/^recipe=.*/recipe=next/' "$build"
[ "$("$build" --print)" != "$key" ] || fail "the kernel's key does not depend on the recipe"
cp "$top/vm/build-kernel" "$build"
echo '# a remark' >>"$build"
[ "$("$build" --print)" = "$key" ] || fail "the kernel's key depends on a remark"
# The debug kernel is another one, with a tree of its own.
debug=$("$build" --debug --print)
[ "$debug" != "$key" ] || fail "the debug kernel has the ordinary one's place"
[ "$("$build" --debug --tree)" != "$linked" ] || fail "the debug kernel has the ordinary one's tree"
echo '# changed' >>"$copy/kernel/configs/debug.config"
[ "$("$build" --debug --print)" != "$debug" ] || fail "the debug kernel's key does not depend on debug.config"
[ "$("$build" --print)" = "$key" ] || fail "the ordinary kernel's key depends on debug.config"

# Laid over; a second time touches nothing, so make would have nothing to do.
expect_status 0 "$build" --prepare
cmp "$copy/kernel/net/core/devmem.c" "$linked/net/core/devmem.c" || fail "our file is not in the tree"
cmp "$copy/tracepoints/devmem.h" "$linked/include/trace/events/devmem.h" || fail "our events are not there"
touch "$tmp/stamp"
expect_status 0 "$build" --prepare
found=$(cd "$linked" && find net drivers/net include/net include/trace .config -newer "$tmp/stamp" -type f)
[ -z "$found" ] || fail "laid over again without need: $found"

# A file of ours that goes away gives back the one of the source package; a new one of ours goes.
mv "$copy/kernel/net/core/netdev_rx_queue.c" "$tmp/saved"
echo '/* new */' >"$copy/kernel/net/core/devmem_new.h"
expect_status 0 "$build" --prepare
grep -q netdev_rx_queue_restart "$linked/net/core/netdev_rx_queue.c" || fail "the original is not back"
! cmp -s "$tmp/saved" "$linked/net/core/netdev_rx_queue.c" || fail "our file is still there"
[ -e "$linked/net/core/devmem_new.h" ] || fail "a new file of ours is not laid over"
mv "$tmp/saved" "$copy/kernel/net/core/netdev_rx_queue.c"
rm "$copy/kernel/net/core/devmem_new.h"
expect_status 0 "$build" --prepare
[ ! -e "$linked/net/core/devmem_new.h" ] || fail "a file of ours that is gone stays in the tree"

# A patch that does not apply, or only with fuzz, is named.
cat >"$copy/kernel/patches/9999-bad.patch" <<'END'
--- a/net/core/dst.c
+++ b/net/core/dst.c
@@ -1,3 +1,4 @@
 no such line
 nor this one
+new
 nor that
END
expect_status 1 "$build" --prepare
expect_in "$tmp/err" 'patches/9999-bad.patch does not apply'
rm "$copy/kernel/patches/9999-bad.patch"

# So is an option that does not take effect.
echo CONFIG_NO_SUCH_OPTION=y >>"$copy/kernel/configs/devmem.config"
echo '# CONFIG_BPF is not set' >>"$copy/kernel/configs/devmem.config"
expect_status 1 "$build" --prepare
expect_in "$tmp/err" 'CONFIG_NO_SUCH_OPTION=y: not taken'
expect_in "$tmp/err" 'CONFIG_BPF: is on, but should be off'
cp "$top/kernel/configs/devmem.config" "$copy/kernel/configs/devmem.config"

# The caller's environment does not change the kernel.
cp "$linked/.config" "$tmp/config"
rm "$linked/.config"
with_env() {
	env ARCH=arm64 CROSS_COMPILE=nope- LLVM=1 CC=nope KCFLAGS=-O7 KCONFIG_CONFIG="$tmp/elsewhere" "$@"
}
expect_status 0 with_env "$build" --prepare
cmp "$tmp/config" "$linked/.config" || fail "the environment changes the configuration"
[ "$(with_env "$build" --print)" = "$("$build" --print)" ] || fail "the environment changes the kernel's key"

# Ended half-way, above all for a full disk, it goes on from there the next time: the original of
# what a patch changes is not lost.
mkdir "$tmp/bin"
cat >"$tmp/bin/cp" <<'END'
#!/bin/bash
# Stands for a full disk where one file of the tree is written.
case ${!#} in
*/tree/*.overlay/*) ;;
*/tree/6.*/"$NO_ROOM_FOR"*) head -c 100 "${@: -2:1}" >"${!#}"; exit 1 ;;
esac
exec /bin/cp "$@"
END
chmod +x "$tmp/bin/cp"
patched=$(sed -n 's,^+++ b/\(net/[^[:space:]]*\).*,\1,p' "$copy"/kernel/patches/*.patch | head -n 1)
mkdir "$tmp/patches"
mv "$copy"/kernel/patches/*.patch "$tmp/patches"
# Without the patches some options are not there, which is found out when all has been laid over.
expect_status 1 "$build" --prepare
expect_in "$tmp/err" 'that the kernel does not take'
cp "$linked/$patched" "$tmp/original"
mv "$tmp/patches"/* "$copy/kernel/patches"
full_disk() {
	NO_ROOM_FOR=$patched PATH=$tmp/bin:$PATH "$build" --prepare
}
expect_status 1 full_disk
expect_in "$tmp/err" "cannot write .*$patched"
for run in second third; do
	expect_status 0 "$build" --prepare
	! cmp -s "$linked/$patched" "$tmp/original" || fail "the $run run after a full disk does not patch $patched"
done
cmp "$linked.overlay/base/$patched" "$tmp/original" || fail "the original of $patched is lost"

# Without enough room, nothing is started.
printf '#!/bin/sh\necho Avail\necho 1G\n' >"$tmp/bin/df"
chmod +x "$tmp/bin/df"
no_room() {
	PATH=$tmp/bin:$PATH DEVMEMTOP_CACHE=$tmp/nothing "$build" --prepare
}
expect_status 1 no_room
expect_in "$tmp/err" 'takes up to 4 GB below .*/nothing, 1 are free'
[ ! -e "$(DEVMEMTOP_CACHE=$tmp/nothing "$build" --tree)" ] || fail "something was unpacked"

# Half a kernel in the cache is none. And make, which writes the tree, holds the lock: in its place
# one that does nothing, for long.
cat >"$tmp/bin/make" <<END
#!/bin/bash
[[ " \$* " = *" bzImage "* ]] || exec /usr/bin/make "\$@"
echo \$\$ >$tmp/make.pid
exec sleep 1000
END
chmod +x "$tmp/bin/make"
half=$("$build" --print)
mkdir -p "$half" && touch "$half/bzImage"
PATH=$tmp/bin:$PATH "$build" >/dev/null 2>&1 &
script=$!
wait_for 120 test -s "$tmp/make.pid"
kill -KILL $script
wait $script 2>/dev/null
! flock -n "$DEVMEMTOP_CACHE/tree/lock" true || fail "the tree is being written, and nobody has the lock"
kill "$(cat "$tmp/make.pid")"
wait_for 20 flock -n "$DEVMEMTOP_CACHE/tree/lock" true
rm -r "$half"

# The debug fragment has the last word, about options that the other one sets, too.
linked_debug=$("$build" --debug --tree)
cp -al "$linked" "$linked_debug" && cp -r "$linked.overlay" "$linked_debug.overlay" || exit
rm -f "$linked_debug/.config"
echo 'CONFIG_LKDTM=n' >>"$copy/kernel/configs/debug.config"
expect_status 0 "$build" --debug --prepare
expect_in "$linked_debug/.config" '^CONFIG_KASAN=y'
expect_in "$linked_debug/.config" '^CONFIG_DEBUG_INFO_BTF=y'
expect_in "$linked_debug/.config" '^# CONFIG_LKDTM is not set'
expect_in "$linked/.config" '^CONFIG_LKDTM=y'

# Sources that change while it waits for another build: it begins anew, with its options.
rm "$linked_debug/.config"
exec 8>"$DEVMEMTOP_CACHE/tree/lock.debug" && flock 8
"$build" --debug --prepare >/dev/null 2>"$tmp/waits" 8>&- &
waiting=$!
wait_for 60 grep -q 'waiting for another build' "$tmp/waits"
echo '/* changed while it waited */' >>"$copy/tracepoints/devmem.h"
exec 8>&-
wait $waiting || fail "--debug --prepare failed: $(cat "$tmp/waits")"
[ -e "$linked_debug/.config" ] || fail "begun anew, it forgot that it was to prepare the debug kernel"

expect_status 1 "$build" --nope
expect_in "$tmp/err" 'unknown option --nope'

[ "$(cd "$tree" && sha256sum net/core/devmem.c net/core/dev.c .config)" = "$before" ] ||
	fail "the real tree has changed"
