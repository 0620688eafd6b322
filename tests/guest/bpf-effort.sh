#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 1 --timeout 300
# kernels: devmem stock
#
# Every BPF program that this kernel has something for passes its verifier, and with no more effort
# than is known.

top=$(cd "$(dirname "$0")/../.." && pwd -P)
out=$(mktemp)
trap 'rm -f "$out"' EXIT
kernel=$(uname -r | cut -d. -f1,2)
case $(uname -r) in
*+deb*) kernel=$kernel-debian ;;
*) kernel=$kernel-devmem ;;
esac
"$top/build/devmemtop" check --effort >"$out"
sed "s/^/$kernel /" "$out"
"$top/tests/checks/effort_check" "$kernel" "$out"
