# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# What the scripts under vm/ share; they source it with $top set to the root of
# the checkout.

cache=${DEVMEMTOP_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set}/.cache}/devmemtop}

# die TEXT...: say what failed and exit with $die_status (default 1).
die() {
	echo "${0##*/}: $*" >&2
	exit "${die_status:-1}"
}

# hash_files FILE...: one hash over the content of the files.
hash_files() {
	cat -- "$@" | sha256sum | cut -c1-16
}

# vmlink_path: build vm/vmlink for its present source if there is none yet, print its path.
vmlink_path() {
	local key out tmp
	local src=("$top"/vm/vmlink.c "$top"/vm/vmlink_frame.c "$top"/vm/vmlink_host.c
		"$top"/vm/vmlink_guest.c "$top"/vm/vmlink_mounts.c)

	key=$(hash_files "${src[@]}" "$top"/vm/vmlink*.h) || return
	out=$cache/vmlink/$key/vmlink
	if [ ! -x "$out" ]; then
		command -v "${CC:-cc}" >/dev/null || {
			echo "no C compiler: install the package gcc, or run 'make deps'" >&2
			return 1
		}
		mkdir -p "${out%/*}" || return
		tmp=$out.$$
		"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O2 -o "$tmp" "${src[@]}" >&2 ||
			return
		mv "$tmp" "$out" || return
	fi
	echo "$out"
}
