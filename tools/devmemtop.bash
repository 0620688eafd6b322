# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# Completion of devmemtop for bash. Options come from --help, so that they are those of the
# version that is installed.

_devmemtop_options() {
	"$@" --help 2>/dev/null | grep -oE -- '(^|[ ,])--[a-z][a-z-]+=?' | tr -d ' ,' | sort -u
}

_devmemtop_interfaces() {
	local path

	for path in /sys/class/net/*; do
		[ -e "$path" ] && echo "${path##*/}"
	done
}

_devmemtop() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words
	local command=("$1") path

	# "=" stands in a word of its own: --filter = iface = eth
	if [ "$cur" = "=" ]; then
		cur=
	elif [ "$prev" = "=" ]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case ${COMP_WORDS[1]} in
	check | races) [ "$COMP_CWORD" -gt 1 ] && command+=("${COMP_WORDS[1]}") ;;
	esac
	COMPREPLY=()
	case $prev in
	-i | --interface | iface)
		words=$(_devmemtop_interfaces)
		;;
	-f | --filter)
		words="iface= queue= binding= netns="
		compopt -o nospace 2>/dev/null
		;;
	-W | --netns | netns)
		words=$(for path in /run/netns/*; do [ -e "$path" ] && echo "${path##*/}"; done)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	-n | --count | -d | --delay | -s | --sample)
		return
		;;
	*)
		words=$(_devmemtop_options "${command[@]}")
		[ "$COMP_CWORD" = 1 ] && words="$words check races"
		;;
	esac
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$cur")
	[[ ${COMPREPLY[0]-} == --*= ]] && compopt -o nospace 2>/dev/null
	return 0
}

complete -F _devmemtop devmemtop
