# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# What the scripts under vm/ share; they source it with $top set to the root of
# the checkout.

cache=${DEVMEMTOP_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set}/.cache}/devmemtop}

# Starts a build with a clean environment: only PATH, where programs are, comes from the caller.
# shellcheck disable=SC2034 # for who sources this
clean_env=(env -i "PATH=$PATH" "HOME=${HOME:-/}" ${TMPDIR:+"TMPDIR=$TMPDIR"} LC_ALL=C)

# die TEXT...: say what failed and exit with $die_status (default 1).
die() {
	echo "${0##*/}: $*" >&2
	exit "${die_status:-1}"
}

# free_space: print the free space of the cache's file system, for people.
free_space() {
	echo "$(df -h --output=avail "$cache" 2>/dev/null | tail -n1 | tr -d ' ') free below $cache"
}

# need_space GIGABYTES WHAT: die when the cache has less room than this.
need_space() {
	local free

	free=$(df -BG --output=avail "$cache" 2>/dev/null | tail -n1 | tr -dc 0-9)
	[ "${free:-$1}" -ge "$1" ] || die "$2 takes up to $1 GB below $cache, $free are free:" \
		"make room, or have DEVMEMTOP_CACHE name another place"
}

# remove_folder FOLDER: remove it so that other processes see it whole or not at all.
remove_folder() {
	mv "$1" "$1.gone" && rm -rf "$1.gone"
}

# hash_files FILE...: one hash over the content of the files.
hash_files() {
	cat -- "$@" | sha256sum | cut -c1-16
}

# vmlink_path: print the path of vmlink for the present sources of vm/link; build it if it is missing.
# shellcheck disable=SC2154 # $top comes from who sources this
vmlink_path() {
	local key out tmp cc file src=()

	for file in "$top"/vm/link/*.c; do
		# A program of its own, which vm/stock-kernel builds.
		[ "${file##*/}" = initrd.c ] || src+=("$file")
	done
	key=$(hash_files "${src[@]}" "$top"/vm/link/*.h) || return
	out=$cache/vmlink/$key/vmlink
	if [ ! -x "$out" ]; then
		read -ra cc <<<"${CC:-cc}"
		command -v "${cc[0]}" >/dev/null || {
			echo "no C compiler: install the package gcc, or run 'make deps'" >&2
			return 1
		}
		mkdir -p "${out%/*}" || return
		tmp=$out.$$
		"${cc[@]}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O2 -o "$tmp" "${src[@]}" >&2 ||
			return
		mv "$tmp" "$out" || return
	fi
	echo "$out"
}
