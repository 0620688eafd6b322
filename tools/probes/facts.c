// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Chooses among the sources of each fact on the running kernel.
 */
#include "probes/facts.h"

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "lib/ksyms.h"
#include "probes/facts_table.h"
#include "probes/libbpf_util.h"
#include "probes/programs_parts.h"

#define MAX_PROGRAMS 96

/* ---- what the kernel has ---- */

/* A program, and if the kernel has the function or event that it is for. */
struct program {
	struct bpf_program *prog;
	const char *name;
	char target[64]; /* the name in the BTF */
	bool is_typedef;
	bool is_kprobe;
	bool is_run; /* user space runs it; it is attached to nothing */
	bool found;
	bool has_symbol; /* /proc/kallsyms has a function with exactly this name */
	bool has_other;	 /* it has a symbol that stands for it: ksyms_is_function() */
	bool refused;
	bool wanted;
};

struct candidates {
	struct program p[MAX_PROGRAMS];
	size_t num;
	struct fact_types types;
	int fentry; /* 0: fentry can be used, or the negative errno of the test program */
	bool no_kprobes;
	bool looked_for_symbols;
	bool has_symbols; /* they could be read */
};

/* Done when it is needed for the first time. */
static void find_symbols(struct candidates *all)
{
	struct ksyms_wanted wanted[MAX_PROGRAMS];
	size_t i;

	if (all->looked_for_symbols)
		return;
	all->looked_for_symbols = true;
	for (i = 0; i < all->num; i++)
		wanted[i] = (struct ksyms_wanted){ .name = all->p[i].target };
	all->has_symbols = ksyms_find(wanted, all->num);
	for (i = 0; i < all->num; i++) {
		all->p[i].has_symbol = wanted[i].exact;
		all->p[i].has_other = wanted[i].others;
	}
}

static bool has_kprobes(void)
{
	return !access("/sys/bus/event_source/devices/kprobe/type", R_OK);
}

static void add_program(struct candidates *all, struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);
	const char *target = strchr(section, '/');
	struct program *p = &all->p[all->num];

	if (programs_part(bpf_program__name(prog)) != SOURCE_EVENTS || all->num == MAX_PROGRAMS)
		return;
	p->prog = prog;
	p->name = bpf_program__name(prog);
	all->num++;
	if (!target) {
		p->is_run = true;
		p->found = true;
		return;
	}
	p->is_typedef = !strncmp(section, "tp_btf/", 7);
	p->is_kprobe = !strncmp(section, "k", 1);
	snprintf(p->target, sizeof(p->target), "%s%s", p->is_typedef ? "btf_trace_" : "",
		 target + 1);
}

/* One pass for all: each look-up by name would go through all types. */
static void find_targets(struct candidates *all, const struct btf *btf)
{
	uint32_t id, num = btf__type_cnt(btf);
	bool first[256] = { false };
	size_t i;

	for (i = 0; i < all->num; i++)
		first[(unsigned char)all->p[i].target[0]] = true;
	for (id = 1; id < num; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		bool is_typedef = btf_is_typedef(t);
		const char *name;

		if (!is_typedef && !btf_is_func(t))
			continue;
		name = btf__name_by_offset(btf, t->name_off);
		if (!first[(unsigned char)name[0]])
			continue;
		for (i = 0; i < all->num; i++)
			if (all->p[i].is_typedef == is_typedef && !strcmp(all->p[i].target, name)) {
				all->p[i].found = true;
			}
	}
}

static struct program *find_program(struct candidates *all, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < all->num; i++)
		if (strlen(all->p[i].name) == len && !strncmp(all->p[i].name, name, len))
			return &all->p[i];
	return NULL;
}

/* ---- the choice ---- */

/* A kprobe needs only the symbol: the BTF does not have every function. */
static bool can_attach(struct candidates *all, const struct program *p)
{
	if (p->refused)
		return false;
	if (!p->is_kprobe)
		return p->found;
	find_symbols(all);
	return p->has_symbol || p->has_other;
}

/* How much it matters that a program cannot be used. */
enum need { NEEDED, OPTIONAL, EXTRA };

/*
 * Goes through the programs of a list. Returns NULL when the kernel has what they need, else the
 * first needed program that cannot be used. @want: load them.
 */
static const struct program *go_through(struct candidates *all, const char *list, enum need need,
					bool want)
{
	const char *name, *end;

	for (name = list ?: ""; *name; name = *end ? end + 1 : end) {
		struct program *p;

		end = strchrnul(name, ' ');
		p = find_program(all, name, end - name);
		assert(p); /* the table names programs of the object only */
		if (can_attach(all, p))
			p->wanted |= want;
		else if (need == NEEDED || (need == OPTIONAL && p->refused))
			return p;
	}
	return NULL;
}

/* The same for all programs of a source. */
static const struct program *go_through_all(struct candidates *all, const struct fact_source *src,
					    bool want)
{
	bool later = src->later_with && facts_type(&all->types, src->later_with, false);
	const struct program *lacks = go_through(all, src->programs, NEEDED, want);

	if (!lacks)
		lacks = go_through(all, src->later, later ? NEEDED : OPTIONAL, want);
	if (!lacks)
		lacks = go_through(all, src->optional, OPTIONAL, want);
	return lacks ?: go_through(all, src->extra, EXTRA, want);
}

/* The first of these facts that is not known; FACTS: all are known. */
static int unknown_of(const struct facts *s, uint64_t facts)
{
	int fact;

	for (fact = 0; fact < FACTS; fact++)
		if (facts & 1ULL << fact && s->rank[fact] < 0)
			break;
	return fact;
}

/* Can a source be used? If not, @why gets the reason. */
static bool can_use(struct candidates *all, const struct facts *s, const struct fact_source *src,
		    unsigned int vias, char *why, size_t size)
{
	const struct program *lacks;
	int unknown;

	if (src->via == VIA_KPROBES && all->no_kprobes) {
		snprintf(why, size, "this kernel has no kprobes");
		return false;
	}
	if (src->via == VIA_FENTRY && all->fentry) {
		snprintf(why, size, "fentry does not work here: %s", strerror(-all->fentry));
		return false;
	}
	if (!(vias & 1U << src->via)) {
		snprintf(why, size, "%s: not used", facts_via_name(src->via));
		return false;
	}
	lacks = go_through_all(all, src, false);
	if (lacks && lacks->refused) {
		snprintf(why, size, "this kernel refuses the program %s", lacks->name);
		return false;
	}
	if (lacks && lacks->is_typedef) {
		snprintf(why, size, "this kernel has no trace event %s",
			 lacks->target + strlen("btf_trace_"));
		return false;
	}
	if (lacks) {
		snprintf(why, size, "this kernel has no function %s()", lacks->target);
		return false;
	}
	unknown = unknown_of(s, src->needs);
	if (unknown < FACTS) {
		snprintf(why, size, "%s are not known", facts_row(unknown)->name);
		return false;
	}
	return facts_has_reads(&all->types, src, why, size);
}

static void choose_source(struct candidates *all, struct facts *s, int fact, unsigned int vias)
{
	int rank;

	for (rank = 0; facts_is_source(fact, rank); rank++) {
		const struct fact_source *src = &facts_row(fact)->sources[rank];
		char *why = s->why[fact][rank];

		if (facts_is_other_kind(&all->types, src, why, FACT_WHY)) {
			s->other_kind[fact] |= 1U << rank;
			continue;
		}
		/* For a source without programs, facts_use() says if it works. */
		if (!src->programs || !can_use(all, s, src, vias, why, FACT_WHY))
			continue;
		s->rank[fact] = rank;
		go_through_all(all, src, true);
		return;
	}
}

/* What the kernel has for the programs of @obj. Returns NULL when there is too little memory. */
static struct candidates *look_at(struct bpf_object *obj, const struct btf *btf, unsigned int vias,
				  const struct bpf_refused *refused)
{
	struct candidates *all = calloc(1, sizeof(*all));
	struct bpf_program *prog;
	size_t i;

	if (!all)
		err(EXIT_FAILURE, "choosing BPF programs");
	bpf_object__for_each_program(prog, obj) add_program(all, prog);
	find_targets(all, btf);
	facts_find_types(&all->types, btf);
	all->no_kprobes = !has_kprobes();
	if (vias & 1U << VIA_FENTRY)
		all->fentry = facts_try_fentry(btf);
	for (i = 0; i < all->num; i++)
		all->p[i].refused = libbpf_util_is_refused(refused, all->p[i].name);
	/* After a refusal, fentry needs a function with exactly this name. */
	if (refused && refused->num) {
		find_symbols(all);
		for (i = 0; all->has_symbols && i < all->num; i++)
			if (!all->p[i].is_kprobe && !all->p[i].is_typedef && !all->p[i].is_run)
				all->p[i].found &= all->p[i].has_symbol;
	}
	return all;
}

/* Frees @all. */
static bool load_wanted(struct candidates *all)
{
	bool any = false;
	size_t i;

	for (i = 0; i < all->num; i++) {
		bpf_program__set_autoload(all->p[i].prog, all->p[i].wanted);
		any |= all->p[i].wanted;
	}
	free(all);
	return any;
}

bool facts_choose(struct facts *s, struct bpf_object *obj, const struct btf *btf, unsigned int vias,
		  const struct bpf_refused *refused)
{
	struct candidates *all = look_at(obj, btf, vias, refused);
	int fact;

	facts_none(s, "");
	for (fact = 0; fact < FACT_TRACED; fact++)
		choose_source(all, s, fact, vias);
	return load_wanted(all);
}

bool facts_choose_watched(struct facts *s, struct bpf_object *obj, const struct btf *btf,
			  unsigned int vias, const struct bpf_refused *refused, bool opt_in)
{
	struct candidates *all = look_at(obj, btf, vias, refused);
	int fact;

	facts_none(s, "");
	for (fact = FACT_SHOWN; fact < FACTS; fact++)
		if (opt_in || !facts_row(fact)->opt_in)
			choose_source(all, s, fact, vias);
	return load_wanted(all);
}

/* Most kernels have a fact's last source. Sources for other kinds of kernels do not count. */
static const char *reason(const struct facts *s, int fact)
{
	const char *why = "";
	int rank;

	for (rank = 0; facts_is_source(fact, rank); rank++)
		if (!why[0] || !(s->other_kind[fact] & 1U << rank))
			why = s->why[fact][rank];
	return why;
}

bool facts_can_see(const struct facts *s, uint64_t needs, char *why, size_t size)
{
	int unknown = unknown_of(s, needs);

	why[0] = '\0';
	if (!needs)
		snprintf(why, size, "nobody said what it needs");
	else if (unknown < FACTS)
		snprintf(why, size, "%s", reason(s, unknown));
	return needs && unknown == FACTS;
}

void facts_use(struct facts *s, enum fact fact, enum via via, const char *why)
{
	int rank;

	for (rank = 0; facts_is_source(fact, rank); rank++) {
		if (facts_row(fact)->sources[rank].via != via)
			continue;
		snprintf(s->why[fact][rank], sizeof(s->why[fact][rank]), "%s", why ? why : "");
		if (!why && (s->rank[fact] < 0 || s->rank[fact] > rank))
			s->rank[fact] = rank;
		else if (why && s->rank[fact] == rank)
			s->rank[fact] = -1;
	}
}

enum via facts_via(const struct facts *s, enum fact fact)
{
	return s->rank[fact] < 0 ? VIAS : facts_row(fact)->sources[s->rank[fact]].via;
}

void facts_none(struct facts *s, const char *why)
{
	int fact, rank;

	s->todo[0] = '\0';
	for (fact = 0; fact < FACTS; fact++) {
		s->rank[fact] = -1;
		s->other_kind[fact] = 0;
		for (rank = 0; rank < SOURCE_RANKS; rank++)
			snprintf(s->why[fact][rank], sizeof(s->why[fact][rank]), "%s", why);
	}
}

void facts_unknown(const struct facts *s, char *text, size_t size)
{
	size_t len = 0;
	int fact;

	text[0] = '\0';
	for (fact = 0; fact < FACT_TRACED && len < size; fact++)
		/* Times are only an extra, so they are not named here. */
		if (s->rank[fact] < 0 && fact != FACT_TOKEN_AGE && fact != FACT_PROVIDER_TIME)
			len += snprintf(text + len, size - len, "%s%s", len ? ", " : "",
					facts_row(fact)->name);
}

static const char *const via_names[VIAS] = {
	[VIA_EVENTS] = "trace events", [VIA_FENTRY] = "fentry",
	[VIA_KPROBES] = "kprobes",     [VIA_PAGE_POOL] = "page_pool events",
	[VIA_WALK] = "BPF walk",       [VIA_SOCKETS] = "BPF iterator",
	[VIA_NETLINK] = "netlink",     [VIA_PACKETS] = "packet events",
	[VIA_LOCK] = "lock",
};

const char *facts_via_name(enum via via)
{
	return via_names[via];
}

unsigned int facts_without(void)
{
	static const char *const words[VIAS] = {
		[VIA_EVENTS] = "events",
		[VIA_FENTRY] = "fentry",
		[VIA_KPROBES] = "kprobes",
		[VIA_PAGE_POOL] = "page_pool",
	};
	const char *without = getenv("DEVMEMTOP_WITHOUT");
	unsigned int vias = VIA_ALL;
	int via;

	for (via = 0; without && via < VIAS; via++) {
		size_t len = words[via] ? strlen(words[via]) : 0;
		const char *at = without;

		for (; len && (at = strstr(at, words[via])); at += len)
			if ((at == without || at[-1] == ',') && (!at[len] || at[len] == ','))
				vias &= ~(1U << via);
	}
	return vias;
}
