// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How much work each BPF program makes for this kernel's verifier. So a test sees a change that
 * doubles the work before a kernel refuses the program.
 */
#include "probes/verifier_effort.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "probes/libbpf_util.h"
#include "devmem_holders.skel.h"
#include "devmem_races.skel.h"
#include "devmemtop.skel.h"
#include "probes/programs_parts.h"
#include "probes/facts.h"

/* If only statistics are wanted, the verifier writes a few lines. */
#define LOG_STATS 4
#define LOG_SIZE  4096

/* Programs that come from one file in bpf/. */
struct part {
	const char *name;
	struct bpf_object *(*open)(void);
	int source; /* enum source: only the programs of this part of the object, -1: all */
};

struct effort {
	FILE *f;
	const struct btf *btf;
	bool no_fentry;
	int refused;
};

/* Is the program in this part, and does the kernel have what it is attached to? */
static bool is_wanted(const struct effort *e, const struct part *part,
		      const struct bpf_program *prog)
{
	return (part->source < 0 || part->source == (int)programs_part(bpf_program__name(prog))) &&
	       !(e->no_fentry && libbpf_util_is_fentry(prog)) &&
	       libbpf_util_has_target(e->btf, prog);
}

static struct bpf_object *open_part(const struct part *part)
{
	struct bpf_object *obj = part->open();

	if (obj && part->source >= 0)
		programs_parts_keep(obj, 1U << part->source);
	return obj;
}

static void print_one(struct effort *e, const char *object, const struct bpf_program *prog,
		      const char *log, bool loaded)
{
	unsigned int insns = 0, states = 0;
	const char *at = strstr(log, "processed ");

	if (loaded && at &&
	    sscanf(at, "processed %u insns (limit %*u) max_states_per_insn %*u total_states %u",
		   &insns, &states) == 2) {
		fprintf(e->f, "%s %s %u %u\n", object, bpf_program__name(prog), insns, states);
		return;
	}
	fprintf(e->f, "%s %s - -\n", object, bpf_program__name(prog));
	e->refused++;
}

/* If libbpf cannot even open an object, none of its programs can be loaded. */
static void print_unopened(struct effort *e, const char *object)
{
	fprintf(e->f, "%s * - -\n", object);
	e->refused++;
}

/* Loads one program alone, so that a refused one does not hide the others. */
static void one_by_one(struct effort *e, const struct part *part)
{
	struct bpf_object *obj = open_part(part);
	struct bpf_program *prog, *only;
	static char log[LOG_SIZE];
	size_t num = 0, i, k;

	if (!obj) {
		print_unopened(e, part->name);
		return;
	}
	bpf_object__for_each_program(prog, obj) num++;
	bpf_object__close(obj);
	for (i = 0; i < num; i++) {
		bool loaded;

		obj = open_part(part);
		if (!obj) {
			print_unopened(e, part->name);
			return;
		}
		k = 0;
		only = NULL;
		bpf_object__for_each_program(prog, obj)
		{
			if (k++ == i)
				only = prog;
			bpf_program__set_autoload(prog, false);
		}
		if (only && is_wanted(e, part, only)) {
			bpf_program__set_autoload(only, true);
			bpf_program__set_log_level(only, LOG_STATS);
			bpf_program__set_log_buf(only, log, sizeof(log));
			log[0] = '\0';
			loaded = !bpf_object__load(obj);
			print_one(e, part->name, only, log, loaded);
		}
		bpf_object__close(obj);
	}
}

/* Loads all at once, so that the BTF is read only once. Returns false when one was refused. */
static bool all_at_once(struct effort *e, const struct part *part)
{
	struct bpf_object *obj = open_part(part);
	struct bpf_program *prog;
	size_t num = 0, i = 0;
	char *logs;
	bool ok;

	if (!obj)
		return false;
	bpf_object__for_each_program(prog, obj) num++;
	logs = calloc(num, LOG_SIZE);
	if (!logs) {
		bpf_object__close(obj);
		return false;
	}
	bpf_object__for_each_program(prog, obj)
	{
		bpf_program__set_autoload(prog, is_wanted(e, part, prog));
		bpf_program__set_log_level(prog, LOG_STATS);
		bpf_program__set_log_buf(prog, logs + i++ * LOG_SIZE, LOG_SIZE);
	}
	ok = !bpf_object__load(obj);
	i = 0;
	bpf_object__for_each_program(prog, obj)
	{
		const char *log = logs + i++ * LOG_SIZE;

		if (ok && bpf_program__autoload(prog))
			print_one(e, part->name, prog, log, true);
	}
	bpf_object__close(obj);
	free(logs);
	return ok;
}

/* Opens a skeleton's object without the skeleton, so that it is freed like any other object. */
#define OPENER(name)                                                           \
	static struct bpf_object *open_##name(void)                            \
	{                                                                      \
		size_t size;                                                   \
		const void *elf = name##_bpf__elf_bytes(&size);                \
                                                                               \
		return bpf_object__open_mem(elf, size, libbpf_util_options()); \
	}

OPENER(devmemtop)
OPENER(devmem_races)
OPENER(devmem_holders)

int effort_print(FILE *f, char *text, size_t size)
{
	static const struct part parts[] = {
		{ "devmem_trace", open_devmemtop, SOURCE_EVENTS },
		{ "devmem_walk", open_devmemtop, SOURCE_WALK },
		{ "devmem_sockets", open_devmemtop, SOURCE_SOCKETS },
		{ "devmem_races", open_devmem_races, -1 },
		{ "devmem_holders", open_devmem_holders, -1 },
	};
	struct effort e = { .f = f };
	struct btf *btf;
	size_t i;

	libbpf_util_quiet();
	btf = libbpf_util_btf(text, size);
	if (!btf)
		return -1;
	e.btf = btf;
	e.no_fentry = facts_try_fentry(btf);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!all_at_once(&e, &parts[i]))
			one_by_one(&e, &parts[i]);
	btf__free(btf);
	return e.refused;
}
