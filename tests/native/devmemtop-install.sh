#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What is installed besides the program: the manual page and the completion for bash.

# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
dmt=$top/build/devmemtop

options=$("$dmt" --help | grep -oE -- '--[a-z-]{3,}' | sort -u)
[ "$(wc -l <<<"$options")" -gt 8 ] || fail "no options in --help"

# ---- make install ----

make -s -C "$top" install DESTDIR="$tmp/root" PREFIX=/usr >"$tmp/out" 2>&1 ||
	fail "make install: $(cat "$tmp/out")"
man=$tmp/root/usr/share/man/man8/devmemtop.8
completion=$tmp/root/usr/share/bash-completion/completions/devmemtop
for file in "$tmp/root/usr/bin/devmemtop" "$man" "$completion"; do
	[ -s "$file" ] || fail "make install does not install $file"
done

# ---- completion ----

bash -n "$completion" || fail "bash does not understand the completion"
# completes PATTERN WORD...: what bash offers for the last word has a line that matches.
completes() {
	local pattern=$1

	shift
	bash --norc --noprofile -c '
		. "$1"
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_devmemtop "$1"
		printf "%s\n" "${COMPREPLY[@]}"' - "$completion" "$@" >"$tmp/out"
	grep -qE -- "$pattern" "$tmp/out" && return
	fail "completion of '${*:2}' does not offer $pattern: $(cat "$tmp/out")"
}
for option in $options; do
	completes "^$option=?$" "$dmt" "${option:0:3}"
done
completes '^check$' "$dmt" c
completes '^races$' "$dmt" ''
completes '^--netns=$' "$dmt" check --n
completes '^--frees$' "$dmt" races --f
completes '^lo$' "$dmt" -i ''
completes '^lo$' "$dmt" --interface = l
completes '^iface=$' "$dmt" --filter = i
completes '^lo$' "$dmt" --filter = iface = l
completes '^/proc/self' "$dmt" --netns /proc/sel
(completes '^lo$' "$dmt" -d '') 2>/dev/null && fail "the check of completions is blind"
# As it is used: after a word, bash looks the function up by the command's name.
bash --norc --noprofile -c '. "$1"; complete -p devmemtop' - "$completion" >"$tmp/out"
expect_in "$tmp/out" 'complete -F _devmemtop devmemtop'

# ---- manual page ----

# The keys are held against the page by the unit test of the table that has them.
check_options=$("$dmt" check --help | grep -oE -- '--[a-z-]{3,}' | sort -u)
expect_option() {
	grep -qx -- "$1" <<<"$check_options" || fail "no $1 in check --help"
}
expect_option --table
expect_option --effort
for option in $options $check_options check races; do
	grep -qF -- "${option//-/\\-}" "$man" || fail "the manual page does not explain $option"
done
command -v man >/dev/null || skip "no man: the manual page was not formatted"
MANWIDTH=80 LC_ALL=C.UTF-8 man -l --warnings "$man" >"$tmp/out" 2>"$tmp/err" </dev/null
[ ! -s "$tmp/err" ] || fail "warnings: $(cat "$tmp/err")"
expect_in "$tmp/out" '^DEVMEMTOP\(8\)'
expect_in "$tmp/out" 'where the buffers'
