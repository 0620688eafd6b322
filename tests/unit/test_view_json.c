// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Snapshots as JSON and as CSV.
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

#include "model/snapshot.h"
#include "snapshots.h"
#include "output/csv.h"
#include "output/json.h"

/* What the schema's test validates, too. */
static void every_kind_of_row_in_json(void **state)
{
	struct snapshot *now = hoarded(2), *before = hoarded(1);
	char *text, line[65536];
	struct pool_row *pool;

	(void)state;
	before->next_seq = 0;
	add_race(now, 0, "ksoftirqd/0");
	now->kinds[0] = (struct kind_count){ "bind", 4, 1 };
	now->num_kinds = 1;
	now->netns = 4026531833;
	pool = snapshot_pool(now, 300);
	pool->ifindex = 3;
	pool->queue = 7;
	pool->provider = "io_uring";
	pool->area = 1024;
	pool->area_free = 512;
	snapshot_settle(now);
	snapshot_settle(before);
	text = view_json(now, before, true);
	assert_in_range(strlen(text), 1, sizeof(line) - 2);
	snprintf(line, sizeof(line), "%s\n", text);
	check_text("every-row.json", line);
	free(text);
	snapshot_free(now);
	snapshot_free(before);
}

static void csv(void **state)
{
	struct snapshot *now = hoarded(2), *before = hoarded(1);
	char *heading = view_csv_heading(), *text, *line, *rest;
	size_t commas, i, rows = 0;

	(void)state;
	snapshot_settle(now);
	snapshot_settle(before);
	strcpy(snapshot_queue(now, 3, 1)->ifname, "a,\"b");
	text = view_csv(now, before, false);
	for (commas = 0, i = 0; heading[i]; i++)
		commas += heading[i] == ',';
	assert_non_null(strstr(heading, ",parts_user_niovs,"));
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		size_t n = 0;
		int quoted = 0;

		if (!line[0])
			continue;
		for (i = 0; line[i]; i++) {
			quoted ^= line[i] == '"';
			n += line[i] == ',' && !quoted;
		}
		assert_int_equal(n, commas);
		rows++;
	}
	assert_int_equal(rows, 2);
	free(text);
	text = view_csv(now, before, false);
	assert_non_null(strstr(text, ",\"a,\"\"b\",3,1,starved,"));
	free(text);
	free(heading);
	snapshot_free(now);
	snapshot_free(before);
}

static json_t *parse_line(const struct snapshot *now, const struct snapshot *before, bool all)
{
	char *text = view_json(now, before, all);
	json_error_t error;
	json_t *root;

	assert_null(strchr(text, '\n'));
	root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(root);
	free(text);
	return root;
}

static json_t *get(json_t *root, const char *path)
{
	char copy[128], *part, *rest = copy;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((part = strsep(&rest, ".")))
		root = json_is_array(root) ? json_array_get(root, atoi(part))
					   : json_object_get(root, part);
	return root;
}

static void json(void **state)
{
	struct snapshot *now = new_snapshot(2), *before = new_snapshot(0);
	struct event_row *e;
	json_t *root;

	(void)state;
	busy_queue(now, 1, 2);
	busy_queue(before, 1, 0);
	snapshot_queue(now, 3, 5); /* unbound */
	strcpy(snapshot_queue(now, 3, 1)->ifname, "\xff\"x");
	now->kinds[0] = (struct kind_count){ "bind", 4, 1 };
	now->num_kinds = 1;
	now->lost_ring = 1;
	before->next_seq = 1;
	now->next_seq = 2;
	e = snapshot_add_event(now);
	e->kind = "bind";
	e = snapshot_add_event(now);
	e->seq = 1;
	e->kind = "restart_end";
	e->err = -12;
	e->queue = 1;
	add_race(now, 0, "old");
	add_race(now, 1, "\xff new");
	before->next_race = 1;
	now->lost_races = 2;
	now->unjudged = 5;
	snapshot_settle(now);
	snapshot_settle(before);

	root = parse_line(now, before, false);
	assert_int_equal(json_array_size(get(root, "queues")), 1);
	assert_string_equal(json_string_value(get(root, "queues.0.ifname")), "?\"x");
	assert_int_equal(json_integer_value(get(root, "queues.0.outstanding_niovs")), 1201);
	assert_int_equal(json_integer_value(get(root, "queues.0.binding_free_niovs")),
			 16384 - 1201);
	assert_true(json_real_value(get(root, "queues.0.niov_allocs_per_s")) == 250);
	assert_true(json_real_value(get(root, "totals.rx_bytes_per_s")) == 12500000);
	assert_true(json_real_value(get(root, "interval_s")) == 2);
	assert_int_equal(json_integer_value(get(root, "totals.lost_events_count")), 3);
	assert_int_equal(json_integer_value(get(root, "totals.races_count")), 2);
	assert_int_equal(json_integer_value(get(root, "lost_events.races_count")), 2);
	assert_int_equal(json_integer_value(get(root, "lost_events.races_unjudged_count")), 5);
	assert_int_equal(json_array_size(get(root, "races")), 1);
	assert_string_equal(json_string_value(get(root, "races.0.code")), "STALE_DELIVERY");
	assert_string_equal(json_string_value(get(root, "races.0.softirq.comm")), "? new");
	assert_int_equal(json_integer_value(get(root, "lost_events.by_event.bind.lost_count")), 1);
	/* The first event was in the sample before. */
	assert_int_equal(json_array_size(get(root, "events")), 1);
	assert_int_equal(json_integer_value(get(root, "events.0.errno")), 12);
	json_decref(root);

	root = parse_line(now, NULL, true);
	assert_int_equal(json_array_size(get(root, "queues")), 2);
	assert_true(json_is_null(get(root, "queues.0.niov_allocs_per_s")));
	assert_true(json_is_null(get(root, "interval_s")));
	assert_int_equal(json_array_size(get(root, "events")), 2);
	json_decref(root);

	now->measured = 1 << HIST_DOWN;
	snapshot_hists(now, 3, 1)->down.slots[3] = 7;
	root = parse_line(now, NULL, false);
	assert_int_equal(json_integer_value(get(root, "queues.0.held_niovs")), 0);
	assert_true(json_is_integer(get(root, "queues.0.restart_last_errno")));
	assert_int_equal(json_integer_value(get(root, "histograms.0.stop_to_start.0.count")), 7);
	assert_true(json_is_null(get(root, "histograms.0.hold")));
	json_decref(root);

	/* What no source knows is "not known", which differs from 0 and from "none". */
	now->sources = 1 << SOURCE_NETLINK;
	now->measured = 0;
	now->races = UNKNOWN;
	snapshot_queue(now, 3, 1)->held = UNKNOWN;
	snapshot_queue(now, 3, 1)->restarts = UNKNOWN;
	root = parse_line(now, NULL, false);
	assert_true(json_is_null(get(root, "queues.0.held_niovs")));
	assert_true(json_is_null(get(root, "queues.0.restart_last_errno")));
	assert_true(json_is_null(get(root, "histograms")));
	assert_true(json_is_null(get(root, "totals.lost_events_count")));
	json_decref(root);
	snapshot_free(now);
	snapshot_free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_row_in_json),
		cmocka_unit_test(csv),
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
