// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Drawing where there is little room: what is cut, what can be reached, which columns are left.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "model/snapshot.h"
#include "snapshots.h"
#include "view/columns.h"
#include "view/frame.h"
#include "view/pages.h"

/* A line, then those of the stack that add_long_races() added. */
static char *long_lines(const struct race *r)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	fprintf(f, "report %u\n", (unsigned int)r->seq);
	for (i = 1; i < r->softirq.stack.num; i++)
		fprintf(f, "      %s\n", r->softirq.stack.names[i]);
	fclose(f);
	return text;
}

static struct screen *draw(const struct snapshot *now, struct view_options opt)
{
	opt.interval = 1;
	opt.race_text = long_lines;
	return view_render(now, NULL, &opt);
}

/* However long a text is, its last line can be reached, and page by page nothing is skipped. */
static void texts_are_read_to_their_end(void **state)
{
	struct view_options opt = { .width = 80, .height = 24, .page = &page_races };
	struct snapshot *now = new_snapshot(1);
	unsigned int i, lines = 0;
	struct screen *s;

	(void)state;
	add_long_races(now, 32, 30);
	s = draw(now, opt);
	/* Each report is followed by an empty line. */
	assert_int_equal(s->rows, 32 * 31 - s->seen + 1);
	opt.cursor = s->rows - 1;
	screen_free(s);
	s = draw(now, opt);
	assert_string_equal(s->lines[s->num - 4].text, "      function_29+0x1f");
	screen_free(s);
	/* The first line of a page is the one after the last one of the page before. */
	for (i = 0; i < 3; i++) {
		opt.cursor = lines;
		s = draw(now, opt);
		assert_int_equal(s->seen, 24 - 2 - 4);
		lines += s->seen;
		screen_free(s);
	}
	opt.cursor = lines;
	s = draw(now, opt);
	assert_string_equal(s->lines[4].text, "      function_23+0x1f");
	screen_free(s);
	snapshot_free(now);
}

static bool is_drawn(const struct screen *s, const char *text)
{
	size_t i;

	for (i = 0; i < s->num; i++)
		if (strstr(s->lines[i].text, text))
			return true;
	return false;
}

/* Names and numbers that are longer than their columns are shown whole where there is room. */
static void columns_grow(void **state)
{
	struct view_options opt = { .width = 120, .height = 24 };
	struct snapshot *now = hoarded(1);
	struct socket_row *sock = socket_at(now, 1);
	struct queue_row *q;
	struct screen *s;

	(void)state;
	q = busy_queue(now, 1234, 1);
	strcpy(q->ifname, "enp65s0f0np0");
	q->restarts = 12345;
	q->napi = 1234567;
	*snapshot_binding(now, 1234567890) = (struct binding_row){ .id = 1234567890 };
	q->binding = 1234567890;
	memset(sock->remote, 0xfd, sizeof(sock->remote));
	strcpy(sock->comm, "a name of fifte");
	snapshot_settle(now);
	s = draw(now, opt);
	assert_true(is_drawn(s, "enp65s0f0np0 1234 "));
	assert_true(is_drawn(s, " 1234567890 "));
	assert_true(is_drawn(s, " 12.3k "));
	screen_free(s);
	/* On a narrow terminal it is marked that they are not. */
	opt.width = 40;
	opt.utf8 = true;
	s = draw(now, opt);
	assert_true(is_drawn(s, "enp…np0 1234 "));
	screen_free(s);
	opt.width = 120;
	opt.page = &page_sockets;
	s = draw(now, opt);
	assert_true(is_drawn(s, "[fdfd:fdfd:fdfd:fdfd:fdfd:fdfd:fdfd:fdfd]:40001"));
	assert_true(is_drawn(s, "a name of fifte "));
	screen_free(s);
	opt.width = 80;
	s = draw(now, opt);
	assert_true(is_drawn(s, "[fdfd:fdfd"));
	assert_true(is_drawn(s, "]:40001"));
	screen_free(s);
	snapshot_free(now);
}

/* Whatever a number is, its column has room for it. */
static void numbers_fit_their_columns(void **state)
{
	static const uint64_t numbers[] = {
		0, 9999, 12345, 999499, 999500, 123456789, 99949, 99950
	};
	static const struct page *const tables[] = { &page_queues, &page_bindings };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct snapshot *now = new_snapshot(1), *before = new_snapshot(0);
		uint64_t n = numbers[i];
		struct view_options opt = { .width = 250, .interval = 1 };
		struct queue_row *q = busy_queue(now, 1, 1);
		struct pool_row *pool = snapshot_pool(now, 101);
		struct binding_row *b = snapshot_binding(now, 11);

		busy_queue(before, 1, 0)->total = (struct counters){ 0 };
#define COUNTER(name) q->total.name = n;
		COUNTERS(COUNTER)
#undef COUNTER
		q->restarts = n;
		q->down_ns = n;
		q->rx_bytes = n;
		q->rx_drops = n;
		snapshot_queue(before, 3, 1)->rx_bytes = 0;
		pool->cache = pool->ring = pool->socket = pool->user = n;
		pool->outstanding = 4 * n;
		b->size_bytes = n;
		b->niovs = 5 * n;
		b->outstanding = 4 * n;
		b->bound_ns = now->time_ns - n;
		snapshot_settle(now);
		snapshot_settle(before);
		for (j = 0; j < sizeof(tables) / sizeof(tables[0]); j++) {
			struct screen *s;

			opt.page = tables[j];
			s = view_render(now, before, &opt);
			assert_null(strchr(s->lines[s->num - 1].text, '+'));
			screen_free(s);
		}
		snapshot_free(now);
		snapshot_free(before);
	}
}

/* What is typed is seen, however long it is, and so is how to end it. */
static void typing_a_filter(void **state)
{
	struct view_options opt = { .width = 60, .height = 24, .input = "iface=lo" };
	struct snapshot *now = new_snapshot(1);
	struct screen *s;

	(void)state;
	s = draw(now, opt);
	assert_string_equal(s->lines[s->num - 1].text, "filter: iface=lo_  enter use  esc cancel");
	screen_free(s);
	opt.input = "iface=eth0,eth1,eth2,eth3,eth4,eth5,eth6,eth7,eth8,eth9 queue=0-7";
	s = draw(now, opt);
	assert_string_equal(s->lines[s->num - 1].text,
			    "filter: th6,eth7,eth8,eth9 queue=0-7_  enter use  esc cancel");
	screen_free(s);
	snapshot_free(now);
}

static void check_widths(const struct table *t)
{
	unsigned int need[COLUMNS_MAX] = { 0 }, narrow[COLUMNS_MAX], wide[COLUMNS_MAX];
	unsigned int width;
	size_t i;

	assert_true(t->num <= COLUMNS_MAX);
	for (width = VIEW_MIN_WIDTH; width < 200; width++) {
		unsigned int used = 0;

		table_fit(t, width, need, wide);
		for (i = 0; i < t->num; i++)
			used += wide[i] ? wide[i] + 1 : 0;
		assert_true(used <= width + 1);
	}
	/* The most important columns are there at 40 and at 80 columns. */
	table_fit(t, VIEW_MIN_WIDTH, need, narrow);
	table_fit(t, 80, need, wide);
	for (i = 0; i < t->num; i++) {
		assert_false(narrow[i] && !wide[i]);
		assert_true(wide[i] || t->columns[i].priority > 1);
		assert_non_null(t->columns[i].help);
	}
}

static void columns_by_width(void **state)
{
	(void)state;
	check_widths(&table_queues);
	check_widths(&table_bindings);
	check_widths(&table_sockets);
	check_widths(&table_events);
}

/* docs/devmemtop.md has a word for each column, in the quotes of code. */
static void every_column_is_explained(void **state)
{
	static const struct table *const tables[] = { &table_queues, &table_bindings,
						      &table_sockets };
	char *text = read_file("docs/devmemtop.md"), word[32];
	size_t i, j;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (j = 0; j < tables[i]->num; j++) {
			snprintf(word, sizeof(word), "`%s`", tables[i]->columns[j].title);
			if (!strstr(text, word))
				fail_msg("docs/devmemtop.md does not explain %s", word);
		}
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_read_to_their_end),
		cmocka_unit_test(columns_grow),
		cmocka_unit_test(numbers_fit_their_columns),
		cmocka_unit_test(typing_a_filter),
		cmocka_unit_test(columns_by_width),
		cmocka_unit_test(every_column_is_explained),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
