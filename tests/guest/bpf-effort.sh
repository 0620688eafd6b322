#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 1 --timeout 300
# kernels: devmem stock
#
# The verifier of this kernel accepts every BPF program that applies here, with no more effort than
# tests/checks/effort.txt says.

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
