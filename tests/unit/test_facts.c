// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which sources are chosen on kernels whose BTF is made here: only what is in the BTF can be used,
 * and what is missing is named. Also: the table forgets neither a program nor a race.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "probes/libbpf_util.h"
#include "contract/races.h"
#include "devmem_races.skel.h"
#include "devmemtop.skel.h"
#include "probes/facts_table.h"
#include "races/codes.h"
#include "probes/programs_parts.h"

/* The names of the trace events that the object has programs for. */
static const char *const events[] = {
	"devmem_niov_alloc",   "devmem_niov_free",     "devmem_niov_alloc_fail",
	"devmem_token_get",    "devmem_token_put",     "devmem_bind",
	"devmem_unbind",       "devmem_binding_free",  "devmem_queue_bind",
	"devmem_queue_unbind", "devmem_restart_begin", "devmem_restart_mem_alloc",
	"devmem_restart_stop", "devmem_restart_start", "devmem_restart_rollback",
	"devmem_restart_end",
};

static void add_event(struct btf *btf, const char *event)
{
	char name[64];

	snprintf(name, sizeof(name), "btf_trace_%s", event);
	assert_true(btf__add_typedef(btf, name, 0) > 0);
}

static void add_func(struct btf *btf, const char *name)
{
	int proto = btf__add_func_proto(btf, 0);

	assert_true(proto > 0);
	assert_true(btf__add_func(btf, name, BTF_FUNC_STATIC, proto) > 0);
}

static struct btf *new_btf(void)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	return btf;
}

/* A struct page_pool whose slow.queue_idx is there, within an unnamed struct as in some kernels. */
static void add_page_pool(struct btf *btf)
{
	int num = btf__add_int(btf, "int", 4, BTF_INT_SIGNED), slow, unnamed;

	slow = btf__add_struct(btf, "page_pool_params_slow", 4);
	assert_int_equal(btf__add_field(btf, "queue_idx", num, 0, 0), 0);
	unnamed = btf__add_struct(btf, NULL, 8);
	assert_int_equal(btf__add_field(btf, "mp_priv", num, 0, 0), 0);
	assert_int_equal(btf__add_field(btf, "slow", slow, 32, 0), 0);
	assert_true(btf__add_struct(btf, "page_pool", 8) > 0);
	assert_int_equal(btf__add_field(btf, NULL, unnamed, 0, 0), 0);
}

static void add_struct(struct btf *btf, const char *name, const char *member)
{
	int num = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);

	assert_true(btf__add_struct(btf, name, 4) > 0);
	assert_int_equal(btf__add_field(btf, member, num, 0, 0), 0);
}

static bool choose(struct facts *s, struct btf *btf, const struct bpf_refused *refused,
		   const char *program, bool *loaded)
{
	struct devmemtop_bpf *skel = devmemtop_bpf__open();
	struct bpf_program *prog;
	bool any;

	assert_non_null(skel);
	any = facts_choose(s, skel->obj, btf, VIA_ALL & ~(1U << VIA_FENTRY | 1U << VIA_KPROBES),
			   refused);
	if (program) {
		prog = bpf_object__find_program_by_name(skel->obj, program);
		assert_non_null(prog);
		*loaded = bpf_program__autoload(prog);
	}
	devmemtop_bpf__destroy(skel);
	return any;
}

static void a_kernel_with_nothing(void **state)
{
	struct btf *btf = new_btf();
	struct facts s;
	bool loaded;
	int fact;

	(void)state;
	assert_false(choose(&s, btf, NULL, "p_niov_alloc", &loaded));
	assert_false(loaded);
	for (fact = 0; fact < FACT_TRACED; fact++)
		assert_int_equal(s.rank[fact], -1);
	assert_string_equal(s.why[FACT_BIND][0], "this kernel has no trace event devmem_bind");
	assert_string_equal(s.why[FACT_BIND][1], "fentry: not used");
	btf__free(btf);
}

static void a_kernel_with_all_events(void **state)
{
	struct btf *btf = new_btf();
	struct facts s;
	bool loaded;
	size_t i;
	int fact;

	(void)state;
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		add_event(btf, events[i]);
	add_event(btf, "page_pool_state_hold");
	assert_true(choose(&s, btf, NULL, "p_niov_alloc", &loaded));
	for (fact = 0; fact < FACT_TRACED; fact++)
		assert_int_equal(s.rank[fact], fact == FACT_PROVIDER_TIME ? -1 : 0);
	/* A program is not loaded when its fact has a better source. */
	assert_false(loaded);
	btf__free(btf);
}

static void one_event_is_missing(void **state)
{
	struct btf *btf = new_btf();
	struct facts s;
	bool loaded;
	size_t i;

	(void)state;
	for (i = 1; i < sizeof(events) / sizeof(events[0]); i++)
		add_event(btf, events[i]);
	add_event(btf, "page_pool_state_hold");
	assert_true(choose(&s, btf, NULL, "p_niov_alloc", &loaded));
	assert_false(loaded);
	assert_string_equal(s.why[FACT_ALLOC][2], "this kernel has no struct page_pool");
	add_page_pool(btf);
	assert_true(choose(&s, btf, NULL, "p_niov_alloc", &loaded));
	assert_int_equal(facts_via(&s, FACT_ALLOC), VIA_PAGE_POOL);
	assert_string_equal(s.why[FACT_ALLOC][0],
			    "this kernel has no trace event devmem_niov_alloc");
	assert_true(loaded);
	assert_int_equal(facts_via(&s, FACT_RETURN), VIA_EVENTS);
	btf__free(btf);
}

static void a_refused_program_is_named(void **state)
{
	struct bpf_refused refused = { .names = { "on_bind" }, .num = 1 };
	struct btf *btf = new_btf();
	struct facts s;
	bool loaded;

	(void)state;
	add_event(btf, "devmem_bind");
	add_event(btf, "devmem_queue_bind");
	add_event(btf, "devmem_unbind");
	add_event(btf, "devmem_queue_unbind");
	assert_true(choose(&s, btf, &refused, "on_queue_bind", &loaded));
	assert_int_equal(s.rank[FACT_BIND], -1);
	assert_string_equal(s.why[FACT_BIND][0], "this kernel refuses the program on_bind");
	assert_false(loaded);
	assert_int_equal(s.rank[FACT_UNBIND], 0);
	btf__free(btf);
}

static void members(void **state)
{
	struct btf *btf = new_btf();

	(void)state;
	add_page_pool(btf);
	assert_true(facts_has_member(btf, "page_pool", "mp_priv"));
	assert_true(facts_has_member(btf, "page_pool", "slow.queue_idx"));
	assert_false(facts_has_member(btf, "page_pool", "slow.queue"));
	assert_false(facts_has_member(btf, "page_pool", "slow.queue_idx.more"));
	assert_false(facts_has_member(btf, "page_pool", "slo"));
	assert_false(facts_has_member(btf, "page_pool", ""));
	assert_false(facts_has_member(btf, "page", "mp_priv"));
	btf__free(btf);
}

/* ---- races ---- */

static void choose_watched(struct facts *s, struct btf *btf)
{
	struct devmem_races_bpf *skel = devmem_races_bpf__open();

	assert_non_null(skel);
	facts_choose_watched(s, skel->obj, btf, VIA_ALL & ~(1U << VIA_FENTRY), NULL, false);
	assert_true(bpf_program__autoload(skel->progs.check_ages) ==
		    (s->rank[FACT_SEEN_AGES] >= 0));
	assert_false(bpf_program__autoload(skel->progs.follow_take));
	devmem_races_bpf__destroy(skel);
}

/* Can a race be seen, and if not, is @why the reason? */
static void watched(const struct facts *s, unsigned int code, const char *why)
{
	char text[FACT_WHY];

	assert_int_equal(facts_can_see(s, race_code_needs(code), text, sizeof(text)), !why);
	assert_string_equal(text, why ? why : "");
}

static void races_that_can_be_seen(void **state)
{
	struct btf *btf = new_btf();
	struct facts s;

	(void)state;
	choose_watched(&s, btf);
	watched(&s, RACE_MIXED_FRAGS, "this kernel has no trace event napi_gro_receive_entry");
	watched(&s, RACE_RESTART_FAILED, "fentry: not used");
	add_event(btf, "napi_gro_receive_entry");
	add_struct(btf, "sk_buff", "len");
	choose_watched(&s, btf);
	watched(&s, RACE_MIXED_FRAGS, "this kernel's struct sk_buff has no unreadable");
	btf__free(btf);

	btf = new_btf();
	add_event(btf, "napi_gro_receive_entry");
	add_struct(btf, "sk_buff", "unreadable");
	add_struct(btf, "skb_frag", "netmem");
	add_struct(btf, "netdev_rx_queue", "mp_params");
	add_page_pool(btf);
	choose_watched(&s, btf);
	watched(&s, RACE_MIXED_FRAGS, "this kernel has no struct net_iov");
	/* As 7.1 has it. */
	add_struct(btf, "net_iov", "desc");
	choose_watched(&s, btf);
	watched(&s, RACE_MIXED_FRAGS, NULL);
	watched(&s, RACE_MIXED_STREAM, "fentry: not used");
	add_event(btf, "devmem_restart_begin");
	add_event(btf, "devmem_restart_end");
	choose_watched(&s, btf);
	watched(&s, RACE_MIXED_STREAM, NULL);
	watched(&s, RACE_RESTART_STUCK, NULL);
	watched(&s, RACE_STALE_DELIVERY, "fentry: not used");
	btf__free(btf);
}

/* On another kernel than ours, the reason is what that kernel lacks, not what ours has. */
static void restarts_of_our_kernel(void **state)
{
	struct btf *btf = new_btf();
	struct facts s;

	(void)state;
	add_struct(btf, "net_devmem_dmabuf_binding", "outstanding");
	add_event(btf, "devmem_restart_begin");
	choose_watched(&s, btf);
	watched(&s, RACE_RESTART_STUCK, "this kernel has no trace event devmem_restart_end");
	assert_string_equal(s.why[FACT_SEEN_RESTARTS][1],
			    "this kernel switches queues by another function");
	btf__free(btf);
}

/* A new race without an entry in the table of needs is not watched, and the output says so. */
static void a_forgotten_race(void **state)
{
	char why[FACT_WHY];
	struct facts s;
	unsigned int code;
	int fact;

	(void)state;
	facts_none(&s, "");
	for (fact = 0; fact < FACTS; fact++)
		s.rank[fact] = 0;
	assert_false(facts_can_see(&s, 0, why, sizeof(why)));
	assert_string_equal(why, "nobody said what it needs");
	assert_false(facts_can_see(&s, race_code_needs(RACE_CODES), why, sizeof(why)));
	for (code = 0; code < RACE_CODES; code++)
		if (!facts_can_see(&s, race_code_needs(code), why, sizeof(why)))
			fail_msg("race %u is not in the table", code);
}

/* ---- the table ---- */

static bool in_list(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = list; at && (at = strstr(at, name)); at += len)
		if ((at == list || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

static bool in_table(const char *program, int first, int end)
{
	int fact, rank;

	for (fact = first; fact < end; fact++)
		for (rank = 0; facts_is_source(fact, rank); rank++) {
			const struct fact_source *src = &facts_row(fact)->sources[rank];

			if (in_list(src->programs, program) || in_list(src->later, program) ||
			    in_list(src->optional, program) || in_list(src->extra, program))
				return true;
		}
	return false;
}

/* A program that no fact names would never be loaded. */
static void all_programs_in(struct bpf_object *obj, int first, int end)
{
	struct bpf_program *prog;

	assert_true(in_table("on_unbind", first, end));
	assert_false(in_table("on_unbin", first, end));
	bpf_object__for_each_program(prog, obj)
	{
		const char *name = bpf_program__name(prog);

		if (programs_part(name) == SOURCE_EVENTS && !in_table(name, first, end))
			fail_msg("no fact comes from the program %s", name);
	}
}

/* Does any of the programs read it? Their BTF has what they read, as "NAME" or "NAME___flavour". */
static bool is_read(const struct btf *btf, const struct fact_read *read)
{
	const char *want = read->type ?: read->function, *name;
	const struct btf_type *t;
	uint32_t id;

	for (id = 1; id < btf__type_cnt(btf); id++) {
		t = btf__type_by_id(btf, id);
		name = btf__name_by_offset(btf, t->name_off);
		if (strncmp(name, want, strlen(want)) ||
		    (name[strlen(want)] && strncmp(name + strlen(want), "___", 3)))
			continue;
		if (read->function ? btf_is_func(t)
				   : btf_is_struct(t) && (!read->member ||
							  facts_type_has(btf, id, read->member)))
			return true;
	}
	return false;
}

static void all_reads_in(const struct btf *btf, int first, int end)
{
	struct fact_read other;
	int fact, rank;

	for (fact = first; fact < end; fact++)
		for (rank = 0; facts_is_source(fact, rank); rank++) {
			const struct fact_read *r = facts_row(fact)->sources[rank].reads;

			for (; r && (r->type || r->function); r++) {
				other = *r;
				other.member = r->or_member ?: r->member;
				/*
				 * What only tells one kind of kernel from the other need not be
				 * read.
				 */
				if (!r->absent && (!is_read(btf, r) || !is_read(btf, &other)))
					fail_msg("%s: no program reads %s.%s",
						 facts_row(fact)->name, r->type ?: r->function,
						 r->member ?: "");
			}
		}
}

/* A name with a mistake in it would never be found in a kernel. */
static void nothing_is_forgotten(void **state)
{
	struct devmemtop_bpf *events = devmemtop_bpf__open();
	struct devmem_races_bpf *races = devmem_races_bpf__open();

	(void)state;
	assert_non_null(events);
	assert_non_null(races);
	all_programs_in(events->obj, 0, FACT_TRACED);
	all_programs_in(races->obj, FACT_SHOWN, FACTS);
	all_reads_in(bpf_object__btf(events->obj), 0, FACT_SHOWN);
	all_reads_in(bpf_object__btf(races->obj), FACT_SHOWN, FACTS);
	devmemtop_bpf__destroy(events);
	devmem_races_bpf__destroy(races);
}

/* ---- the kernel ---- */

/* The argument of a bind that has "receive or send"; @args: types of all arguments, up to 0. */
static int direction(struct btf *btf, const int *args)
{
	int proto = btf__add_func_proto(btf, 0), i;

	for (i = 0; args[i]; i++)
		assert_int_equal(btf__add_func_param(btf, "arg", args[i]), 0);
	assert_true(btf__add_func(btf, "net_devmem_bind_dmabuf", BTF_FUNC_GLOBAL, proto) > 0);
	return facts_direction_arg(btf);
}

static void receive_or_send(void **state)
{
	int num, to, other, i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct btf *btf = new_btf();

		assert_int_equal(facts_direction_arg(btf), -1);
		num = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
		to = btf__add_enum(btf, "dma_data_direction", 4);
		other = btf__add_enum(btf, "another", 4);
		if (i == 0) /* 6.12 */
			assert_int_equal(direction(btf, (int[]){ num, num, other, 0 }), -1);
		else if (i == 1) /* 6.16 */
			assert_int_equal(direction(btf, (int[]){ num, to, num, 0 }), 1);
		else /* 6.18 */
			assert_int_equal(direction(btf, (int[]){ num, other, to, num, 0 }), 2);
		btf__free(btf);
	}
}

static void no_devmem(void **state)
{
	struct btf *btf = new_btf();

	(void)state;
	assert_false(facts_has_devmem(btf));
	/* CONFIG_NET_DEVMEM=n leaves the struct. */
	assert_true(btf__add_struct(btf, "net_devmem_dmabuf_binding", 8) > 0);
	assert_false(facts_has_devmem(btf));
	add_func(btf, "net_devmem_unbind_dmabuf");
	assert_true(facts_has_devmem(btf));
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_with_nothing),
		cmocka_unit_test(a_kernel_with_all_events),
		cmocka_unit_test(one_event_is_missing),
		cmocka_unit_test(a_refused_program_is_named),
		cmocka_unit_test(members),
		cmocka_unit_test(races_that_can_be_seen),
		cmocka_unit_test(restarts_of_our_kernel),
		cmocka_unit_test(a_forgotten_race),
		cmocka_unit_test(nothing_is_forgotten),
		cmocka_unit_test(receive_or_send),
		cmocka_unit_test(no_devmem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
