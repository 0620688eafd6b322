#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Each check of `make lint` fires when something is wrong, and names the file.

. "$(dirname "$0")/../lib/lib.sh"

copy=$tmp/copy
mkdir -p "$copy"/tools/{lib,model} "$copy"/bpf/{contract,lib} "$copy/docs" "$copy/kernel/net" "$copy/kernel/patches" "$copy/tracepoints"
cp -r "$top/dev" "$top/vm" "$top/.clang-format" "$top/.shellcheckrc" "$copy" || exit
cp -r "$top/kernel/configs" "$copy/kernel" || exit
mkdir "$copy/tests" && cp -r "$top/tests/lib" "$copy/tests" || exit
cp "$top/tracepoints/devmem.h" "$copy/tracepoints" || exit

# fires CHECK FILE CONTENT [PATTERN]: with such a file the check fails and names it, and says this;
# without it passes.
fires() {
	local check=$1 file=$2

	printf '%b' "$3" >"$copy/$file"
	expect_status 1 "$copy/dev/lint" "$check"
	expect_in "$tmp/out" "$file:[0-9]+.*${4:-}"
	rm "$copy/$file"
}

either='SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause'
kernel='SPDX-License-Identifier: GPL-2.0-only'

# What is included below; its comments are no code.
printf '// %s\n/* SEC(".maps") */\n' "$either" | tee "$copy/tools/model/rows.h" "$copy/tools/loop.h" \
	"$copy/bpf/lib/walk.bpf.h" "$copy/bpf/contract/ring.h" "$copy/vm/link/own.h" >/dev/null
printf '// %s\n#include "contract/ring.h"\n#include "model/rows.h"\n' "$either" >"$copy/tools/top.c"

for check in spdx paths scripts format layers prose; do
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

# fires_include FILE NAME PATTERN: the file includes that.
fires_include() {
	fires layers "$1" "// $either\n#include \"$2\"\n" "$3"
}
fires_include tools/lib/up.c model/rows.h 'lib may not include model'
fires_include tools/model/up.c loop.h 'model may not include tools'
fires_include tools/model/shared.c contract/ring.h 'model may not include contract'
fires_include tools/model/made.c devmemtop.skel.h 'model may not include skeleton'
fires_include tools/top2.c lib/walk.bpf.h 'tools may not include bpf/lib'
fires_include bpf/contract/inlined.h lib/walk.bpf.h 'contract may not include bpf/lib'
fires_include tools/model/bare.c rows.h 'not written with its folder'
fires_include vm/link/out.c ../../tools/loop.h 'not written with its folder'
fires_include tools/model/itself.h model/itself.h 'include each other'
# Other ways to write the same.
for include in '#include"model/rows.h"' '#include <model/rows.h>' '# include/* */"model/rows.h"' \
	'#include \\\n"model/rows.h"' '#define ROWS "model/rows.h"\n#include ROWS' '#import "model/rows.h"' \
	'#include <lib/../model/rows.h>' '#include_next <model/rows.h>'; do
	fires layers tools/lib/up.c "// $either\n$include\n" '(may not include|write|not written)'
done
fires layers tools/lib/text.c "// $either\nint a; __attribute__((section(\"xdp\")))\n" 'SEC'
fires layers tools/lib/new.bpf.c "// $either\nint a; SEC(\"xdp\")\n" 'SEC'
fires layers tools/text.c "// $either\nint a; SEC(\"xdp\")\n" 'SEC'
fires layers bpf/lib/map.bpf.h "// $either\nint a SEC(\".maps\");\n" 'SEC'
fires layers tools/long.c "// $either\n$(printf '\\n%.0s' {1..600})" 'longer than'
fires prose docs/typo.md "<!-- $either -->\n\nThis is te""h word.\n"

tree=$("$top/vm/build-kernel" --tree 2>/dev/null)
if [ -x "$tree/scripts/checkpatch.pl" ]; then
	expect_status 0 "$copy/dev/lint" checkpatch
	fires checkpatch kernel/net/bad.c "// $kernel\nint f(void) {\n    return(0);\n}\n"
fi

# A check that does not exist is not one that passes.
expect_status 1 "$copy/dev/lint" nosuch
expect_in "$tmp/err" "no check 'nosuch'"
