// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * --filter: what is understood, and which rows are kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "model/filter.h"
#include "model/snapshot.h"

/* eth0 (3) queues 0 to 3 on bindings 10 to 13; eth1 (4) queue 0 on 20; 9 is held by eth0's 2. */
static struct snapshot *sample(void)
{
	struct snapshot *snap = snapshot_new();
	uint32_t i;

	for (i = 0; i < 5; i++) {
		uint32_t ifindex = i < 4 ? 3 : 4, binding = i < 4 ? 10 + i : 20;
		struct queue_row *q = snapshot_queue(snap, ifindex, i % 4);
		struct pool_row *pool = snapshot_pool(snap, 100 + i);
		struct event_row *e = snapshot_add_event(snap);

		strcpy(q->ifname, i < 4 ? "eth0" : "eth1");
		snapshot_hists(snap, ifindex, i % 4);
		q->binding = binding;
		*pool = (struct pool_row){ .id = 100 + i,
					   .ifindex = ifindex,
					   .queue = i % 4,
					   .binding = binding,
					   .outstanding = 7 };
		*e = (struct event_row){
			.ifindex = ifindex, .queue = i % 4, .binding = binding, .kind = "bind"
		};
		strcpy(snapshot_binding(snap, binding)->ifname, q->ifname);
		if (i == 3) {
			struct socket_row *sock = snapshot_add_socket(snap);

			sock->ifindex = 3;
			sock->queue = 3;
			sock->binding = 13;
		}
	}
	*snapshot_pool(snap, 55) = (struct pool_row){
		.id = 55, .ifindex = 3, .queue = 2, .binding = 9, .outstanding = 1, .detached_s = 5
	};
	strcpy(snapshot_binding(snap, 9)->ifname, "eth0");
	return snap;
}

/* How many rows of each kind are left. */
static void keeps(const char *const *args, size_t queues, size_t pools, size_t bindings,
		  size_t events)
{
	struct snapshot *snap = sample();
	struct filter f = { .num = 0 };
	char text[256];

	for (; *args; args++)
		assert_true(filter_parse(&f, *args, text, sizeof(text)));
	filter_apply(&f, snap);
	assert_int_equal(snap->queues.num, queues);
	assert_int_equal(snap->pools.num, pools);
	assert_int_equal(snap->bindings.num, bindings);
	assert_int_equal(snap->events.num, events);
	snapshot_free(snap);
}

#define KEEPS(queues, pools, bindings, events, ...)                                              \
	keeps((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL }, queues, pools, bindings, \
	      events)

static void rows(void **state)
{
	(void)state;
	KEEPS(5, 6, 6, 5);
	KEEPS(4, 5, 5, 4, "iface=eth0");
	KEEPS(5, 6, 6, 5, "iface=eth*");
	KEEPS(5, 6, 6, 5, "iface=eth0,eth1");
	KEEPS(1, 1, 1, 1, "iface=?th1");
	KEEPS(0, 0, 0, 0, "iface=eth");
	KEEPS(2, 2, 2, 2, "queue=0");
	KEEPS(1, 1, 1, 1, "queue=0", "iface=eth0");
	/* The buffers of binding 9 are held by queue 2. */
	KEEPS(2, 3, 3, 2, "queue=1-2");
	KEEPS(2, 2, 2, 2, "queue=1,3");
	KEEPS(1, 1, 1, 1, "binding=12");
	KEEPS(1, 1, 1, 0, "binding=9");
	KEEPS(2, 2, 2, 2, "binding=10", "binding=20");
	KEEPS(0, 0, 0, 0, "binding=10", "iface=eth1");
}

static void which_row(void **state)
{
	struct filter f = { .num = 0 };
	struct snapshot *snap = sample();
	char text[256];

	(void)state;
	assert_true(filter_parse(&f, "queue=3", text, sizeof(text)));
	filter_apply(&f, snap);
	assert_int_equal(queue_at(snap, 0)->queue, 3);
	assert_int_equal(pool_at(snap, 0)->id, 103);
	assert_int_equal(binding_at(snap, 0)->id, 13);
	assert_int_equal(event_at(snap, 0)->queue, 3);
	assert_int_equal(snap->sockets.num, 1);
	f.num = 0;
	assert_true(filter_parse(&f, "binding=10", text, sizeof(text)));
	filter_apply(&f, snap);
	assert_int_equal(snap->sockets.num, 0);
	snapshot_free(snap);
}

static void histograms(void **state)
{
	static const struct {
		const char *arg;
		uint32_t queue;
	} cases[] = {
		{ "queue=3", 3 }, { "binding=12", 2 }, { "binding=9", 2 }, { "iface=eth1", 0 }
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct snapshot *snap = sample();
		struct filter f = { .num = 0 };
		char text[256];

		assert_true(filter_parse(&f, cases[i].arg, text, sizeof(text)));
		filter_apply(&f, snap);
		assert_int_equal(snap->hists.num, 1);
		assert_int_equal(hist_at(snap, 0)->queue, cases[i].queue);
		snapshot_free(snap);
	}
}

/* Events of a whole binding belong to the queues that it feeds, or fed before it was gone. */
static void events_of_bindings(void **state)
{
	static const struct event_row whole[] = {
		{ .ifindex = 3, .queue = NO_QUEUE, .binding = 13, .kind = "bind" },
		{ .ifindex = 3, .queue = NO_QUEUE, .binding = 9, .kind = "unbind" },
		{ .ifindex = 3, .queue = NO_QUEUE, .binding = 5, .kind = "unbind" },
		{ .ifindex = 3,
		  .queue = 1,
		  .binding = 11,
		  .old_binding = 5,
		  .kind = "restart_end" },
	};
	static const struct {
		const char *arg;
		size_t events, whole;
	} cases[] = {
		/* With one event of its own each. */
		{ "queue=3", 2, 1 }, { "queue=2", 2, 1 },    { "queue=1", 3, 1 },
		{ "queue=0", 2, 0 }, { "iface=eth0", 8, 3 }, { "iface=eth1", 1, 0 },
	};
	size_t i, j, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct snapshot *snap = sample();
		struct filter f = { .num = 0 };
		char text[256];

		for (j = 0; j < sizeof(whole) / sizeof(whole[0]); j++)
			*snapshot_add_event(snap) = whole[j];
		assert_true(filter_parse(&f, cases[i].arg, text, sizeof(text)));
		filter_apply(&f, snap);
		for (j = 0, n = 0; j < snap->events.num; j++)
			n += event_at(snap, j)->queue == NO_QUEUE;
		assert_int_equal(snap->events.num, cases[i].events);
		assert_int_equal(n, cases[i].whole);
		snapshot_free(snap);
	}
}

static void wrong(void **state)
{
	static const char *const args[] = {
		"",
		"iface",
		"=",
		"iface=",
		"iface=sixteen-characters",
		"queue=",
		"queue=x",
		"queue=-1",
		"queue=3-1",
		"queue=1-",
		"queue=1,",
		"queue=1-2-3",
		"binding=99999999999",
		"foo=1",
		"ifac=eth0",
		"queues=1",
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
		struct filter f = { .num = 0 };

		text[0] = '\0';
		if (filter_parse(&f, args[i], text, sizeof(text)))
			fail_msg("'%s' is taken", args[i]);
		assert_non_null(strstr(text, "give "));
	}
}

static void full_and_netns(void **state)
{
	struct filter f = { .num = 0 };
	char text[256];
	int i;

	(void)state;
	assert_true(filter_parse(&f, "netns=/run/netns/blue", text, sizeof(text)));
	assert_string_equal(f.netns, "/run/netns/blue");
	assert_int_equal(f.num, 0);
	for (i = 0; i < FILTER_TERMS; i++)
		assert_true(filter_parse(&f, "queue=1", text, sizeof(text)));
	assert_false(filter_parse(&f, "queue=1", text, sizeof(text)));
	assert_non_null(strstr(text, "too many"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),	      cmocka_unit_test(which_row),
		cmocka_unit_test(histograms), cmocka_unit_test(events_of_bindings),
		cmocka_unit_test(wrong),      cmocka_unit_test(full_and_netns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
