// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is chosen on kernels whose BTF is made here: only what is in it can be used, and what is not
 * is named.
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
#include "devmemtop.skel.h"
#include "probes/facts.h"

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
	/* Whose fact another tells better is not loaded. */
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

static void symbols_of_a_function(void **state)
{
	static const struct {
		const char *name;
		bool is;
	} symbols[] = {
		{ "foo", true },	 { "foo.llvm.1234", true },    { "foo.lto_priv.0", true },
		{ "foo.isra.0", false }, { "foo.constprop.0", false }, { "foo.part.0", false },
		{ "foo.cold", false },	 { "foobar", false },	       { "fo", false },
		{ "foo.llvm", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (facts_is_symbol(symbols[i].name, "foo") != symbols[i].is)
			fail_msg("%s", symbols[i].name);
}

/* By which argument the bind is told, of a function with the types @args, 0 ending them. */
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
		cmocka_unit_test(symbols_of_a_function),
		cmocka_unit_test(receive_or_send),
		cmocka_unit_test(no_devmem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
