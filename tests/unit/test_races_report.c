// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reports of races as text and JSON, and names for the addresses in their stacks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "collect/race_from.h"
#include "lib/ksyms.h"
#include "output/races_json.h"
#include "output/races_text.h"
#include "races/codes.h"
#include "snapshots.h"

static const char symbols[] = "ffffffff81002000 T second\n"
			      "ffffffff81001000 t first\n"
			      "ffffffff81001800 d no_function\n"
			      "not a line of symbols\n"
			      "0000000000000000 T hidden\n"
			      "ffffffffa0000000 t of_module\t[module]\n"
			      "ffffffffb0000000 t __traceiter_event\n"
			      "ffffffffc0000000 t bpf_prog_0123_on_take\t[bpf]\n";

static struct ksyms *table(void)
{
	FILE *f = fmemopen((void *)symbols, strlen(symbols), "r");
	struct ksyms *k = ksyms_read(f);

	fclose(f);
	return k;
}

static void names(void **state)
{
	struct ksyms *k = table();
	char buf[64];

	(void)state;
	assert_string_equal(ksyms_name(k, 0xffffffff81001000, buf, sizeof(buf)), "first+0x0");
	assert_string_equal(ksyms_name(k, 0xffffffff81001fff, buf, sizeof(buf)), "first+0xfff");
	assert_string_equal(ksyms_name(k, 0xffffffff81002010, buf, sizeof(buf)), "second+0x10");
	assert_string_equal(ksyms_name(k, 0xffffffffa0000004, buf, sizeof(buf)), "of_module+0x4");
	/* Before the first symbol, and far behind one. */
	assert_string_equal(ksyms_name(k, 0x1000, buf, sizeof(buf)), "0x1000");
	assert_string_equal(ksyms_name(k, 0xffffffff91000000, buf, sizeof(buf)),
			    "0xffffffff91000000");
	ksyms_free(k);
}

static void no_names(void **state)
{
	struct ksyms *k = ksyms_read(NULL);
	char buf[64];

	(void)state;
	assert_string_equal(ksyms_name(k, 0xffffffff81001000, buf, sizeof(buf)),
			    "0xffffffff81001000");
	ksyms_free(k);
	ksyms_free(NULL);
}

static struct race_report stale(void)
{
	struct race_report r = {
		.time_ns = 12345678901ULL,
		.nth = 7,
		.suppressed = 3,
		.niov = 0xffff888012345600,
		.code = RACE_STALE_DELIVERY,
		.queue = { .netns = 1, .ifindex = 2, .queue = 3 },
		.other_cpu = 9,
		.binding = 4,
		.queue_binding = 5,
		.pool = 6,
		.soft = {
			.time_ns = 12345678901ULL,
			.cpu = 1,
			.napi = 513,
			.pid = 21,
			.comm = "ksoftirqd/1",
			.stack = { 0xffffffffc0000004, 0xffffffffb0000026, 0xffffffff81001004,
				   0xffffffff81002008 },
			.stack_depth = 4,
		},
		.rtnl = {
			.time_ns = 12345678000ULL,
			.begin_ns = 12345000000ULL,
			.tid = 99,
			.pid = 98,
			.phase = PHASE_ENDED,
			.old_binding = 4,
			.new_binding = 5,
			.comm = "devmem-recv",
			.stack = { 0xffffffff81002020 },
			.stack_depth = 1,
		},
	};

	return r;
}

/* @held stays the caller's. */
static char *printed_held(const struct race_report *r, const char *ifname, struct held *held,
			  bool json)
{
	struct ksyms *k = table();
	struct race *race = race_from_report(r, ifname, k);
	char *text = NULL;
	size_t size;
	FILE *f;

	race->held = held;
	if (json) {
		f = open_memstream(&text, &size);
		race_print_json(f, race_json(race));
		fclose(f);
	} else {
		text = race_text(race);
	}
	race->held = NULL;
	race_put(race);
	ksyms_free(k);
	return text;
}

static char *printed(const struct race_report *r, const char *ifname, bool json)
{
	return printed_held(r, ifname, NULL, json);
}

static void text(void **state)
{
	struct race_report r = stale();
	char *out = printed(&r, "eth0", false);

	(void)state;
	assert_string_equal(
		out,
		"12.345678 STALE_DELIVERY eth0 queue 3: a packet came with a net_iov of binding 4 (pool 6), but the queue has binding 5\n"
		"    number 7 of its code, 3 of this queue not shown before it, net_iov 0xffff888012345600, 901 ns from the rtnl side's last step to the softirq side\n"
		"    softirq  CPU 1, 12.345678901, NAPI 513, on ksoftirqd/1[21]\n"
		"      first+0x4\n"
		"      second+0x8\n"
		"    rtnl     devmem-recv[99], 12.345678000, restart of binding 4 to 5: ended\n"
		"      second+0x20\n");
	free(out);
}

static void text_of_one_side(void **state)
{
	struct race_report r = stale();
	char *out;

	(void)state;
	memset(&r.soft, 0, sizeof(r.soft));
	memset(&r.rtnl, 0, sizeof(r.rtnl));
	out = printed(&r, NULL, false);
	assert_non_null(strstr(out, "ifindex 2 of netns 1 queue 3"));
	assert_non_null(strstr(out, "softirq  no part in it seen"));
	assert_non_null(strstr(out, "rtnl     no restart of this queue seen"));
	assert_null(strstr(out, "ns from"));
	free(out);
}

static void json(void **state)
{
	struct race_report r = stale();
	char *out = printed(&r, "eth0", true);
	json_t *o = json_loads(out, 0, NULL), *soft, *rtnl;

	(void)state;
	assert_non_null(o);
	assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
	assert_string_equal(json_string_value(json_object_get(o, "code")), "STALE_DELIVERY");
	assert_string_equal(json_string_value(json_object_get(o, "ifname")), "eth0");
	assert_int_equal(json_integer_value(json_object_get(o, "queue_id")), 3);
	assert_int_equal(json_integer_value(json_object_get(o, "binding_id")), 4);
	assert_int_equal(json_integer_value(json_object_get(o, "queue_binding_id")), 5);
	assert_int_equal(json_integer_value(json_object_get(o, "between_ns")), 901);
	assert_true(json_is_null(json_object_get(o, "detail")));
	soft = json_object_get(o, "softirq");
	assert_int_equal(json_array_size(json_object_get(soft, "stack")), 2);
	assert_int_equal(json_integer_value(json_object_get(soft, "tid")), 21);
	assert_true(json_is_null(json_object_get(o, "other_cpu")));
	rtnl = json_object_get(o, "rtnl");
	assert_string_equal(json_string_value(json_object_get(rtnl, "phase")), "ended");
	json_decref(o);
	free(out);
}

/* A race that belongs to no single queue names none. If two CPUs take part, both are named. */
static void no_queue_two_cpus(void **state)
{
	struct race_report r = stale();
	json_t *o;
	char *out;

	(void)state;
	r.code = RACE_NO_RTNL;
	r.detail = DETAIL_BIND;
	r.queue.queue = RACE_NO_QUEUE;
	out = printed(&r, "eth0", false);
	assert_non_null(strstr(out, " NO_RTNL eth0: bind without"));
	free(out);
	out = printed(&r, "eth0", true);
	o = json_loads(out, 0, NULL);
	assert_true(json_is_null(json_object_get(o, "queue_id")));
	json_decref(o);
	free(out);

	r = stale();
	r.code = RACE_POOL_SHARED;
	r.detail = DETAIL_TWO_CPUS;
	r.other_napi = 514;
	r.other_ns = r.time_ns - 123;
	out = printed(&r, "eth0", false);
	assert_non_null(strstr(out, ", NAPI 514 on CPU 9 took from the pool 123 ns before"));
	free(out);
	out = printed(&r, "eth0", true);
	o = json_loads(out, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(o, "other_cpu")), 9);
	assert_int_equal(json_integer_value(json_object_get(o, "other_time_monotonic_ns")),
			 r.time_ns - 123);
	json_decref(o);
	free(out);
}

/* A sentence with all of its fields filled in. */
static char *summary(const struct race_report *r)
{
	struct ksyms *k = table();
	struct race *race = race_from_report(r, NULL, k);
	char *line = race_summary(race);

	race_put(race);
	ksyms_free(k);
	assert_null(strpbrk(line, "{}?"));
	return line;
}

/* Every code and detail has a name and a sentence of its own. */
static void all_codes(void **state)
{
	char *lines[RACE_CODES];
	unsigned int i, j;

	(void)state;
	for (i = 0; i < RACE_CODES; i++) {
		struct race_report r = { .code = i, .binding = 1, .queue_binding = 2 };

		assert_non_null(race_code_name(i));
		assert_non_null(race_code_says(i, DETAIL_NONE));
		r.rtnl.time_ns = 1;
		lines[i] = summary(&r);
		for (j = 0; j < i; j++)
			assert_string_not_equal(lines[i], lines[j]);
	}
	for (i = 0; i < RACE_CODES; i++)
		free(lines[i]);
	for (i = 1; i < RACE_DETAILS; i++) {
		assert_non_null(race_detail_name(i));
		for (j = 0; j < RACE_CODES; j++) {
			struct race_report r = { .code = j, .detail = i, .rtnl.time_ns = 1 };

			free(summary(&r));
		}
	}
	for (i = 0; i < RACE_PHASES; i++)
		assert_non_null(race_phase_name(i));
	assert_string_equal(race_code_name(RACE_CODES), "?");
	assert_non_null(race_code_says(RACE_CODES, RACE_DETAILS));
}

static void failed(void **state)
{
	struct race_report r = { .code = RACE_RESTART_FAILED, .err = -12, .queue_binding = 3 };
	static const struct {
		unsigned int detail;
		const char *says;
	} all[] = {
		{ DETAIL_NONE, "how far it came was not seen" },
		{ DETAIL_OLD_POOL, "the queue was not stopped and is still on its old pool" },
		{ DETAIL_ROLLED_BACK, "the queue was rolled back to its old pool" },
		{ DETAIL_DEAD, "the queue is dead: set the link down and up" },
	};
	char want[256], *line;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		r.detail = all[i].detail;
		line = summary(&r);
		snprintf(
			want, sizeof(want),
			"switching from host memory to binding 3 failed (Cannot allocate memory): %s",
			all[i].says);
		assert_string_equal(line, want);
		free(line);
	}
}

/* A member that nobody fills in is shown as not known, and not as a number. */
static void nothing_known(void **state)
{
	static const char *const names[] = { "time_monotonic_ns",
					     "nth_count",
					     "suppressed_count",
					     "ifname",
					     "queue_id",
					     "binding_id",
					     "pool_id",
					     "other_cpu",
					     "niov",
					     "errno",
					     "age_ns",
					     "outstanding_niovs",
					     "held_by",
					     "softirq",
					     "rtnl" };
	struct race *race = race_new();
	char *out = race_text(race);
	json_t *o = race_json(race);
	size_t i;

	(void)state;
	assert_string_equal(out, "- ? ifindex 0 of netns 0: ?\n"
				 "    number - of its code\n"
				 "    softirq  no part in it seen\n"
				 "    rtnl     no restart of this queue seen\n");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(json_is_null(json_object_get(o, names[i])));
	json_decref(o);
	free(out);

	/* With sides and a sentence of which nothing else is known, either. */
	race->softirq.time_ns = 1;
	race->rtnl.time_ns = 2;
	race->rtnl.is_restart = true;
	race->says =
		"{binding} {queue_binding} {pool} {other_pool} {cpu} {other_cpu} {napi} {other_napi} "
		"{error} {age} {outstanding} {rtnl_task} {phase}{held_by}";
	out = race_text(race);
	assert_non_null(strstr(out, ": binding - binding - - - - - - - - - - ?[-] ?\n"));
	assert_non_null(strstr(out, "    softirq  CPU -, 0.000000001, on ?[-]\n"));
	assert_non_null(
		strstr(out, "    rtnl     ?[-], 0.000000002, restart of binding - to -: ?\n"));
	free(out);
	race->held = held_new();
	out = race_text(race);
	assert_non_null(strstr(out, "by whom is not known: nobody has looked\n"));
	free(out);
	race_put(race);
}

/* A race that several share is freed with the last of them. */
static void shared(void **state)
{
	struct race *race = race_new();
	struct snapshot *now = snapshot_new(), *before = snapshot_new();
	const bool keep[] = { false, true };

	(void)state;
	race_add_function(&race->softirq.stack, "a+0x1");
	snapshot_add_race(before, race);
	snapshot_add_race(now, race);
	snapshot_add_race(now, race);
	assert_int_equal(race->refs, 4);
	snapshot_keep_races(now, keep);
	assert_int_equal(now->races_kept.num, 1);
	assert_int_equal(race->refs, 3);
	snapshot_free(before);
	race_put(race);
	assert_int_equal(race->refs, 1);
	assert_string_equal(race_at(now, 0)->softirq.stack.names[0], "a+0x1");
	snapshot_free(now);
}

/* ---- who holds net_iovs ---- */

static struct race_report unbound(void)
{
	struct race_report r = stale();

	r.code = RACE_UNBOUND_HELD;
	r.queue.queue = RACE_NO_QUEUE;
	r.niov = 0;
	r.suppressed = 0;
	r.age_ns = 2000000000;
	r.outstanding = 60;
	memset(&r.soft, 0, sizeof(r.soft));
	r.rtnl.phase = PHASE_NONE;
	return r;
}

static struct holder holder(uint32_t pid, uint32_t user, uint32_t queued)
{
	struct holder h = {
		.cookie = 4097,
		.local = { 192, 0, 2, 1 },
		.remote = { 192, 0, 2, 2 },
		.family = 2,
		.local_port = 5201,
		.remote_port = 40000,
		.tokens = user,
		.user = user,
		.queued = queued,
		.pid = pid,
		.comm = "reader",
	};

	return h;
}

static void held(void **state)
{
	struct holder h[] = { holder(7, 20, 2), holder(8, 10, 0), holder(7, 4, 1), holder(0, 0, 3),
			      holder(9, 1, 0) };
	struct held by = {
		.sockets = h, .num = 5, .in_sockets = 41, .elsewhere = 19, .complete = true
	};
	struct race_report r = unbound();
	char *out = printed_held(&r, "eth0", &by, false);

	(void)state;
	/* A process with two sockets is named once; the last ones are summed up. */
	assert_string_equal(
		out,
		"12.345678 UNBOUND_HELD eth0: binding 4 was unbound 2.0s ago by devmem-recv[98], and 60 net_iovs are still held: 27 by reader[7], 10 by reader[8], 4 by others, 19 in no socket\n"
		"    number 7 of its code\n"
		"    held     22 by reader[7]: 20 as tokens, 2 not received yet, 192.0.2.1:5201 from 192.0.2.2:40000\n"
		"    held     10 by reader[8]: 10 as tokens, 0 not received yet, 192.0.2.1:5201 from 192.0.2.2:40000\n"
		"    held     5 by reader[7]: 4 as tokens, 1 not received yet, 192.0.2.1:5201 from 192.0.2.2:40000\n"
		"    held     3 by a process that is not known: 0 as tokens, 3 not received yet, 192.0.2.1:5201 from 192.0.2.2:40000\n"
		"    held     1 by reader[9]: 1 as tokens, 0 not received yet, 192.0.2.1:5201 from 192.0.2.2:40000\n"
		"    held     19 in no socket: with the driver, in its page_pool, or in packets that are not freed yet\n"
		"    softirq  no part in it seen\n"
		"    rtnl     devmem-recv[99], 12.345678000\n"
		"      second+0x20\n");
	free(out);
}

static void held_by_none_or_not_known(void **state)
{
	struct held by = { .elsewhere = 60 };
	struct race_report r = unbound();
	char *out = printed_held(&r, "eth0", &by, false);

	(void)state;
	assert_non_null(strstr(out, "still held: at most 60 in no socket\n"));
	assert_non_null(strstr(out, "    held     at most 60 in no socket: "));
	free(out);

	strcpy(by.why, "no way to tell");
	out = printed_held(&r, "eth0", &by, false);
	assert_non_null(strstr(out, "still held, by whom is not known\n"));
	assert_non_null(strstr(out, "    held     by whom is not known: no way to tell\n"));
	free(out);
}

static void held_by_many(void **state)
{
	struct holder h[11];
	struct held by = { .sockets = h, .num = 11, .in_sockets = 11, .complete = true };
	struct race_report r = unbound();
	unsigned int i;
	char *out;

	(void)state;
	for (i = 0; i < 11; i++)
		h[i] = holder(100 + i, 1, 0);
	out = printed_held(&r, "eth0", &by, false);
	assert_non_null(
		strstr(out, "still held: 1 by reader[100], 1 by reader[101], 9 by others\n"));
	assert_non_null(strstr(out, "    held     1 by reader[107]: "));
	assert_null(strstr(out, "    held     1 by reader[108]: "));
	assert_non_null(strstr(out, "    held     3 in 3 more sockets\n"));
	assert_null(strstr(out, "in no socket"));
	free(out);
}

/* What the schema's test validates, too. */
static void every_kind_of_line_in_json(void **state)
{
	struct holder h[] = { holder(7, 20, 2), holder(0, 0, 3) };
	struct held by = {
		.sockets = h, .num = 2, .in_sockets = 25, .elsewhere = 35, .complete = true
	};
	struct held unknown = { .why = "no way to tell" };
	struct races_totals counted = { .all = 3, .limited = 1, .missed = 4 };
	struct race_totals t;
	struct race_report full = stale(), r = unbound();
	char *out = NULL, *line[4];
	size_t size;
	FILE *f;
	int i;

	(void)state;
	full.detail = DETAIL_TWO_CPUS;
	full.other_ns = full.time_ns - 1234567;
	full.err = -5;
	line[0] = printed_held(&r, "eth0", &by, true);
	line[1] = printed_held(&r, NULL, &unknown, true);
	line[2] = printed(&full, "eth0", true);
	f = open_memstream(&line[3], &size);
	counted.seen[RACE_UNBOUND_HELD] = 2;
	counted.seen[RACE_STALE_DELIVERY] = 1;
	race_from_totals(&counted, &t);
	race_print_json(f, race_totals_json(&t));
	fclose(f);
	f = open_memstream(&out, &size);
	for (i = 0; i < 4; i++) {
		fputs(line[i], f);
		free(line[i]);
	}
	fclose(f);
	check_text("races.json", out);
	free(out);
}

static void totals(void **state)
{
	struct races_totals counted = { .all = 3, .limited = 1, .missed = 4 };
	struct race_totals t;
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	(void)state;
	counted.seen[RACE_MIXED_FRAGS] = 1;
	counted.seen[RACE_NO_RTNL] = 2;
	race_from_totals(&counted, &t);
	race_print_totals(f, &t);
	fclose(f);
	assert_string_equal(
		out,
		"races=3 MIXED_FRAGS=1 NO_RTNL=2 (not shown: 1 too many at once, 0 ring full; not judged: 4 missed, 0 table full)\n");
	free(out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(no_names),
		cmocka_unit_test(text),
		cmocka_unit_test(text_of_one_side),
		cmocka_unit_test(json),
		cmocka_unit_test(all_codes),
		cmocka_unit_test(failed),
		cmocka_unit_test(nothing_known),
		cmocka_unit_test(shared),
		cmocka_unit_test(held),
		cmocka_unit_test(held_by_none_or_not_known),
		cmocka_unit_test(held_by_many),
		cmocka_unit_test(every_kind_of_line_in_json),
		cmocka_unit_test(totals),
		cmocka_unit_test(no_queue_two_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
