// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A number that nobody filled in: not known in the model, "-" in the view, null in JSON and empty
 * in CSV. The test finds a row's new members by itself.
 */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <jansson.h>

#include "model/rates.h"
#include "model/snapshot.h"
#include "output/csv.h"
#include "output/json.h"
#include "snapshots.h"
#include "view/columns.h"
#include "view/screen.h"

static void numbers_are_unknown(const void *row, size_t from, size_t size)
{
	uint64_t number;

	assert_int_equal(from % sizeof(number), 0);
	assert_true(from < size);
	for (; from < size; from += sizeof(number)) {
		memcpy(&number, (const char *)row + from, sizeof(number));
		assert_true(number == UNKNOWN);
	}
}

#define CHECK_NUMBERS(row) \
	numbers_are_unknown(row, offsetof(typeof(*(row)), numbers), sizeof(*(row)))

static struct snapshot *fresh_rows(void)
{
	struct snapshot *snap = new_snapshot(1);

	snapshot_queue(snap, 3, 1);
	snapshot_pool(snap, 1);
	snapshot_binding(snap, 1);
	snapshot_add_socket(snap)->family = 2; /* AF_INET */
	snapshot_add_event(snap)->kind = "bind";
	snap->next_seq = 1;
	return snap;
}

static void rows_know_nothing(void **state)
{
	struct snapshot *snap = fresh_rows();

	(void)state;
	CHECK_NUMBERS(queue_at(snap, 0));
	CHECK_NUMBERS(pool_at(snap, 0));
	CHECK_NUMBERS(binding_at(snap, 0));
	CHECK_NUMBERS(socket_at(snap, 0));
	CHECK_NUMBERS(event_at(snap, 0));
	snapshot_free(snap);
}

/* A row that exists already keeps what is known about it. */
static void what_is_known_stays(void **state)
{
	struct snapshot *snap = fresh_rows();

	(void)state;
	snapshot_queue(snap, 3, 1)->restarts = 7;
	assert_int_equal(snapshot_queue(snap, 3, 1)->restarts, 7);
	snapshot_free(snap);
}

struct field {
	size_t offset;
	size_t size;
};

#define FIELD(row, name)                                                    \
	{                                                                   \
		offsetof(struct row, name), sizeof(((struct row *)0)->name) \
	}

/*
 * What may stand before the numbers of a row and is 0 when nobody fills it in. A number that comes
 * out here belongs behind numbers[]; what is none, and a time of which 0 says that it did not
 * happen, is to be listed.
 */
static const struct field queue_head[] = { FIELD(queue_row, ifname),	FIELD(queue_row, ifindex),
					   FIELD(queue_row, queue),	FIELD(queue_row, napi),
					   FIELD(queue_row, binding),	FIELD(queue_row, pool),
					   FIELD(queue_row, link_up),	FIELD(queue_row, running),
					   FIELD(queue_row, dead),	FIELD(queue_row, last_err),
					   FIELD(queue_row, starved_ns) };
static const struct field pool_head[] = {
	FIELD(pool_row, id),	     FIELD(pool_row, ifindex),	 FIELD(pool_row, queue),
	FIELD(pool_row, napi),	     FIELD(pool_row, binding),	 FIELD(pool_row, provider),
	FIELD(pool_row, starved_ns), FIELD(pool_row, detached_s)
};
static const struct field binding_head[] = {
	FIELD(binding_row, id),	       FIELD(binding_row, ifindex), FIELD(binding_row, ifname),
	FIELD(binding_row, queues),    FIELD(binding_row, summed),  FIELD(binding_row, unbound),
	FIELD(binding_row, pid),       FIELD(binding_row, comm),    FIELD(binding_row, bound_ns),
	FIELD(binding_row, unbound_ns)
};
static const struct field socket_head[] = {
	FIELD(socket_row, cookie),	  FIELD(socket_row, family), FIELD(socket_row, local_port),
	FIELD(socket_row, remote_port),	  FIELD(socket_row, local),  FIELD(socket_row, remote),
	FIELD(socket_row, ifindex),	  FIELD(socket_row, queue),  FIELD(socket_row, binding),
	FIELD(socket_row, oldest_before), FIELD(socket_row, pid),    FIELD(socket_row, comm)
};
static const struct field event_head[] = { FIELD(event_row, seq),     FIELD(event_row, time_ns),
					   FIELD(event_row, kind),    FIELD(event_row, err),
					   FIELD(event_row, ifindex), FIELD(event_row, queue),
					   FIELD(event_row, binding), FIELD(event_row, old_binding),
					   FIELD(event_row, pool),    FIELD(event_row, pid),
					   FIELD(event_row, comm) };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void no_number_is_before_the_numbers(void **state)
{
	static const struct {
		const char *row;
		const struct field *fields;
		size_t num, head;
	} rows[] = {
		{ "queue_row", queue_head, COUNT(queue_head), offsetof(struct queue_row, numbers) },
		{ "pool_row", pool_head, COUNT(pool_head), offsetof(struct pool_row, numbers) },
		{ "binding_row", binding_head, COUNT(binding_head),
		  offsetof(struct binding_row, numbers) },
		{ "socket_row", socket_head, COUNT(socket_head),
		  offsetof(struct socket_row, numbers) },
		{ "event_row", event_head, COUNT(event_head), offsetof(struct event_row, numbers) },
	};
	static const char nothing[sizeof(uint64_t)];
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		char listed[sizeof(struct socket_row) + sizeof(struct queue_row)] = { 0 };

		for (j = 0; j < rows[i].num; j++)
			memset(listed + rows[i].fields[j].offset, 1, rows[i].fields[j].size);
		/* Blanks between fields are never a whole word. */
		for (j = 0; j < rows[i].head; j += sizeof(nothing))
			if (!memcmp(listed + j, nothing, sizeof(nothing)))
				fail_msg(
					"struct %s has a number at byte %zu that is not behind numbers[]",
					rows[i].row, j);
	}
}

/* So do rates and sums without anything before them. */
static void rates_are_unknown(void **state)
{
	struct snapshot *snap = fresh_rows();
	struct totals t;
	double rate;
	size_t i;

	(void)state;
	snap->sources = 0;
	snap->races = UNKNOWN;
	t = snapshot_totals(snap, NULL);
	for (i = 0; i < sizeof(t.rates); i += sizeof(rate)) {
		memcpy(&rate, (char *)&t.rates + i, sizeof(rate));
		assert_true(isnan(rate));
	}
	numbers_are_unknown(&t, offsetof(struct totals, size_bytes),
			    offsetof(struct totals, rates));
	/* Events are counted, but those of restarts are not known on this kernel. */
	snap->sources = 1U << SOURCE_EVENTS;
	snap->measured = 0;
	t = snapshot_totals(snap, NULL);
	assert_true(t.restarts == UNKNOWN && t.restart_failures == UNKNOWN);
	snapshot_free(snap);
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

static void no_numbers(json_t *object)
{
	static const char *const known[] = { "ifindex",		  "queue_id", "binding_id",
					     "pool_id",		  "cookie",   "local_port",
					     "remote_port",	  "errno",    "queues_count",
					     "time_monotonic_ns", NULL };
	const char *key;
	json_t *value;

	assert_non_null(object);
	json_object_foreach(object, key, value) {
		if (json_is_object(value))
			no_numbers(value);
		else if (json_is_number(value) && !is_one_of(key, known))
			fail_msg("%s is %g and was filled in by nobody", key,
				 json_number_value(value));
	}
}

static void json_has_null(void **state)
{
	static const char *const lists[] = { "queues", "pools", "bindings", "sockets", "events" };
	struct snapshot *snap = fresh_rows();
	char *text = view_json(snap, NULL, true);
	json_t *root = json_loads(text, 0, NULL);
	size_t i;

	(void)state;
	assert_non_null(root);
	for (i = 0; i < COUNT(lists); i++)
		no_numbers(json_array_get(json_object_get(root, lists[i]), 0));
	json_decref(root);
	free(text);
	snapshot_free(snap);
}

static void csv_is_empty(void **state)
{
	static const char *const known[] = { "time_unix_ns", "netns_inode", "lost_events_count",
					     "ifindex",	     "queue_id",    "state",
					     "link_up",	     NULL };
	struct snapshot *snap = fresh_rows();
	char *heading = view_csv_heading(), *line = view_csv(snap, NULL, true);
	char *names = heading, *values = line, *name, *value;

	(void)state;
	while ((name = strsep(&names, ",\n")) && *name) {
		value = strsep(&values, ",\n");
		assert_non_null(value);
		if (*value && !is_one_of(name, known))
			fail_msg("%s is %s and was filled in by nobody", name, value);
	}
	free(heading);
	free(line);
	snapshot_free(snap);
}

static void give_row(struct cell_input *in, size_t i, void *data)
{
	(void)in;
	(void)i;
	(void)data;
}

/* The cell of a table's only row in its only column, without blanks around it. */
static void draw_cell(char *text, const struct column *column, struct cell_input *in)
{
	const struct table table = { .columns = column, .num = 1 };
	struct screen *s = screen_new(60);

	table_draw_whole(s, &table, 1, give_row, in, NULL);
	assert_int_equal(s->num, 2);
	text[0] = '\0';
	sscanf(s->lines[1].text, "%60s", text);
	screen_free(s);
}

static void view_has_a_dash(void **state)
{
	static const char *const known[] = { "Q",     "STATE", "BIND",	"QS", "REMOTE",
					     "LOCAL", "TIME",  "EVENT", NULL };
	static const struct table *const tables[] = { &table_queues, &table_bindings,
						      &table_sockets, &table_events };
	struct snapshot *snap = fresh_rows();
	struct cell_input in = {
		.snap = snap,
		.q = queue_at(snap, 0),
		.rates = queue_rates(queue_at(snap, 0), NULL, 0),
		.b = binding_at(snap, 0),
		.sock = socket_at(snap, 0),
		.e = event_at(snap, 0),
	};
	char text[COLUMN_TEXT];
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(tables); i++) {
		for (j = 0; j < tables[i]->num; j++) {
			const struct column *c = &tables[i]->columns[j];

			draw_cell(text, c, &in);
			/* A bar without anything known is blank. */
			if (strcmp(text, "-") && text[0] && !is_one_of(c->title, known))
				fail_msg("%s is %s and was filled in by nobody", c->title, text);
		}
	}
	snapshot_free(snap);
}

static enum screen_attr writes_nothing(const struct cell_input *in, char *text)
{
	(void)in;
	(void)text;
	return ATTR_PLAIN;
}

/* A column of which something is forgotten is seen and not known. */
static void columns_know_nothing(void **state)
{
	static const struct column columns[] = {
		{ .title = NULL },
		{ .title = "NEW" },
		{ .title = "NEW", .width = 5, .max = 9, .left = true },
		{ .title = "NEW", .value = writes_nothing },
		{ .value = writes_nothing, .max = 9 },
	};
	struct snapshot *snap = fresh_rows();
	struct cell_input in = { .snap = snap };
	char text[COLUMN_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(columns); i++) {
		draw_cell(text, &columns[i], &in);
		assert_string_equal(text, "-");
	}
	snapshot_free(snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_know_nothing),
		cmocka_unit_test(what_is_known_stays),
		cmocka_unit_test(no_number_is_before_the_numbers),
		cmocka_unit_test(rates_are_unknown),
		cmocka_unit_test(json_has_null),
		cmocka_unit_test(csv_is_empty),
		cmocka_unit_test(view_has_a_dash),
		cmocka_unit_test(columns_know_nothing),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
