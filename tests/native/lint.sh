#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Each check of `make lint` fires when something is wrong, and names the file.

. "$(dirname "$0")/../lib/lib.sh"

copy=$tmp/copy
mkdir -p "$copy/tools" "$copy/docs" "$copy/kernel/net" "$copy/kernel/patches" "$copy/tracepoints"
cp -r "$top/dev" "$top/vm" "$top/.clang-format" "$top/.shellcheckrc" "$copy" || exit
cp -r "$top/kernel/configs" "$copy/kernel" || exit
mkdir "$copy/tests" && cp -r "$top/tests/lib" "$copy/tests" || exit
cp "$top/tracepoints/devmem.h" "$copy/tracepoints" || exit

# fires CHECK FILE CONTENT: with such a file the check fails and names it; without it passes.
fires() {
	local check=$1 file=$2

	printf '%b' "$3" >"$copy/$file"
	expect_status 1 "$copy/dev/lint" "$check"
	expect_in "$tmp/out" "$file"
	rm "$copy/$file"
}

either='SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause'
kernel='SPDX-License-Identifier: GPL-2.0-only'

for check in spdx paths scripts format prose; do
	expect_status 0 "$copy/dev/lint" $check
done

fires spdx docs/none.md '# No licence\n'
fires spdx tools/wrong.c "// $kernel\n"
fires spdx kernel/net/wrong.c "// $either\n"
# Put together here, or the check would find this file itself.
home=root
fires paths docs/path.md "<!-- $either -->\n\nSee /$home/notes/x.\n"
fires scripts vm/bad.sh "# $either\n# shellcheck shell=bash\ncd \$1\n"
fires scripts vm/bad "#!/bin/sh\n# $either\ncd \$1\n"
fires format tools/bad.c "// $either\nint  main( void ){return 0;}\n"
fires prose docs/typo.md "<!-- $either -->\n\nThis is te""h word.\n"

tree=$("$top/vm/build-kernel" --tree 2>/dev/null)
if [ -x "$tree/scripts/checkpatch.pl" ]; then
	expect_status 0 "$copy/dev/lint" checkpatch
	fires checkpatch kernel/net/bad.c "// $kernel\nint f(void) {\n    return(0);\n}\n"
fi

# A check that does not exist is not one that passes.
expect_status 1 "$copy/dev/lint" nosuch
expect_in "$tmp/err" "no check 'nosuch'"
