// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Drawing, compared with tests/golden/NAME.txt. GOLDEN_UPDATE=1 writes the files anew: look at
 * the difference before committing it.
 *
 * Text is followed by a line of marks below it where something has an attribute: g good, w warn,
 * b bad, h heading, d dim, k key, t title; s where the selected line has none of these.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "view/bar.h"
#include "model/snapshot.h"
#include "snapshots.h"
#include "view/view.h"

static void print_marks(const struct screen_line *line, FILE *f)
{
	static const char marks[SCREEN_ATTRS] = { ' ', 't', 'h', 'g', 'w', 'b', 'd',
						  'k', 'U', 'S', 'p', 'r', 'c' };
	char row[512];
	unsigned int i;
	size_t len = 0;

	memset(row, line->selected ? 's' : ' ', sizeof(row));
	if (line->selected)
		len = line->len;
	for (i = 0; i < line->num_spans; i++) {
		const struct screen_span *span = &line->spans[i];
		size_t end = span->start + span->len;

		assert_true(end < sizeof(row));
		memset(row + span->start, marks[span->attr], span->len);
		len = end > len ? end : len;
	}
	if (len)
		fprintf(f, "%.*s\n", (int)len, row);
}

static void check_golden(const char *name, const struct screen *s)
{
	char file[256], *text = NULL;
	size_t size = 0, i;
	FILE *f = open_memstream(&text, &size);

	for (i = 0; i < s->num; i++) {
		struct screen line = { .width = s->width, .lines = &s->lines[i], .num = 1 };

		assert_true(screen_columns(s->lines[i].text) <= s->width);
		screen_print(&line, f);
		print_marks(&s->lines[i], f);
	}
	fclose(f);
	snprintf(file, sizeof(file), "%s.txt", name);
	check_text(file, text);
	free(text);
}

/* Draw, compare and free. */
static void check_view(const char *name, struct snapshot *now, struct snapshot *before,
		       struct view_options opt)
{
	struct screen *s;

	if (!opt.interval)
		opt.interval = 1;
	opt.race_text = race_lines;
	snapshot_settle(now);
	if (before)
		snapshot_settle(before);
	s = view_render(now, before, &opt);
	if (opt.height)
		assert_int_equal(s->num, opt.height);
	check_golden(name, s);
	screen_free(s);
	snapshot_free(now);
	snapshot_free(before);
}

static void empty(void **state)
{
	(void)state;
	check_view("empty", new_snapshot(0), NULL,
		   (struct view_options){ .width = 80, .height = 24 });
}

static void first_picture(void **state)
{
	struct snapshot *now = new_snapshot(0);

	(void)state;
	busy_queue(now, 1, 0);
	check_view("first", now, NULL, (struct view_options){ .width = 80, .height = 12 });
}

static void one_queue(void **state)
{
	static const unsigned int widths[] = { 40, 80, 120, 200 };
	char name[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		struct snapshot *now = new_snapshot(2), *before = new_snapshot(0);

		busy_queue(now, 1, 2);
		busy_queue(before, 1, 0);
		snprintf(name, sizeof(name), "one-queue-%u", widths[i]);
		check_view(name, now, before,
			   (struct view_options){ .width = widths[i], .height = 12 });
	}
}

/* Every kind of trouble; the worst comes first. */
static void trouble(void **state)
{
	struct snapshot *now = new_snapshot(1), *before = new_snapshot(0);
	struct pool_row *old;
	struct queue_row *q;
	uint32_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		busy_queue(now, i, 1);
		busy_queue(before, i, 0);
	}
	snapshot_queue(now, 3, 1)->total.niov_fails = 1234;
	snapshot_binding(now, 12)->outstanding = 16384;
	snapshot_pool(now, 102)->cache = 0;
	snapshot_pool(now, 102)->ring = 0;
	snapshot_queue(now, 3, 3)->running = true;
	snapshot_queue(now, 3, 4)->last_err = -12;
	snapshot_queue(now, 3, 4)->restart_failures = 1;
	old = snapshot_pool(now, 55);
	*old = (struct pool_row){ .id = 55,
				  .ifindex = 3,
				  .queue = 5,
				  .binding = 9,
				  .outstanding = 40,
				  .detached_s = 77 };
	snapshot_queue(now, 3, 6)->link_up = false;
	q = snapshot_queue(now, 3, 7);
	q->dead = true;
	q->binding = 0;
	snapshot_pool(now, 107)->detached_s = 99;
	check_view("trouble", now, before, (struct view_options){ .width = 80, .height = 20 });
}

static void losses(void **state)
{
	struct snapshot *now = new_snapshot(1), *before = new_snapshot(0);

	(void)state;
	busy_queue(now, 0, 1);
	busy_queue(before, 0, 0);
	now->lost_ring = 3;
	now->lost_missed = 2;
	now->lost_full = 1;
	now->lost_races = 4;
	snapshot_note(now, "%u lists changed while they were walked", 2);
	check_view("losses", now, before, (struct view_options){ .width = 80, .height = 12 });
}

static void two_hundred_queues(void **state)
{
	struct snapshot *now = new_snapshot(1), *before = new_snapshot(0);
	uint32_t i;

	(void)state;
	for (i = 0; i < 200; i++) {
		busy_queue(now, i, 1);
		busy_queue(before, i, 0);
	}
	snapshot_queue(now, 3, 150)->total.niov_fails = 7;
	check_view("200-queues", now, before,
		   (struct view_options){ .width = 80, .height = 24, .cursor = 1 });
}

static void batch_is_not_cut(void **state)
{
	struct snapshot *now = new_snapshot(1);
	struct view_options opt = { .width = 132, .interval = 1 };
	struct screen *s;
	uint32_t i;

	(void)state;
	for (i = 0; i < 200; i++)
		busy_queue(now, i, 1);
	snapshot_settle(now);
	s = view_render(now, NULL, &opt);
	assert_int_equal(s->num, 3 + 1 + 1 + 200);
	screen_free(s);
	snapshot_free(now);
}

/* Without BPF: what is not known is shown as such, not as 0. */
static void netlink_only(void **state)
{
	struct snapshot *now = new_snapshot(1), *before = new_snapshot(0);
	struct snapshot *both[] = { now, before };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct queue_row *q = snapshot_queue(both[i], 3, 1);
		struct pool_row *pool = snapshot_pool(both[i], 9);

		both[i]->sources = 1 << SOURCE_NETLINK;
		both[i]->races = UNKNOWN;
		strcpy(q->ifname, "eth0");
		q->napi = 8194;
		q->binding = 7;
		q->link_up = true;
		q->rx_bytes = 5000 - 1000 * i;
		pool->ifindex = 3;
		pool->napi = 8194;
		pool->binding = 7;
		pool->outstanding = 256;
	}
	check_view("netlink-only", now, before,
		   (struct view_options){
			   .width = 80,
			   .height = 12,
			   .note = "no BTF: use a kernel with CONFIG_DEBUG_INFO_BTF=y" });
}

static void help(void **state)
{
	(void)state;
	check_view("help", new_snapshot(0), NULL,
		   (struct view_options){ .width = 80, .height = 60, .mode = VIEW_HELP });
	check_view("help-scrolled", new_snapshot(0), NULL,
		   (struct view_options){
			   .width = 80, .height = 24, .mode = VIEW_HELP, .cursor = 1000 });
}

static void pages(void **state)
{
	static const struct {
		const char *name;
		enum view_mode mode;
		unsigned int width, height;
	} cases[] = {
		{ "starved", VIEW_QUEUES, 80, 24 },
		{ "starved-tiny", VIEW_QUEUES, VIEW_MIN_WIDTH, VIEW_MIN_HEIGHT },
		{ "starved-40", VIEW_QUEUES, 40, 12 },
		{ "starved-120", VIEW_QUEUES, 120, 12 },
		{ "bindings", VIEW_BINDINGS, 80, 24 },
		{ "bindings-40", VIEW_BINDINGS, 40, 16 },
		{ "bindings-160", VIEW_BINDINGS, 160, 12 },
		{ "sockets", VIEW_SOCKETS, 80, 24 },
		{ "sockets-160", VIEW_SOCKETS, 160, 12 },
		{ "events", VIEW_EVENTS, 80, 16 },
		{ "queue", VIEW_QUEUE, 80, 50 },
		{ "queue-40", VIEW_QUEUE, 40, 24 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_view(cases[i].name, hoarded(2), hoarded(1),
			   (struct view_options){ .width = cases[i].width,
						  .height = cases[i].height,
						  .mode = cases[i].mode,
						  .ifindex = 3,
						  .queue = 1,
						  .filter = "iface=eth0" });
}

/* Without anything to show each page says so. */
static void empty_pages(void **state)
{
	enum view_mode mode;

	(void)state;
	for (mode = VIEW_QUEUE; mode < VIEW_HELP; mode++) {
		static const char *const names[] = {
			[VIEW_QUEUE] = "no-queue",     [VIEW_BINDINGS] = "no-bindings",
			[VIEW_SOCKETS] = "no-sockets", [VIEW_EVENTS] = "no-events",
			[VIEW_RACES] = "no-races",
		};

		check_view(names[mode], new_snapshot(0), NULL,
			   (struct view_options){ .width = 80, .height = 8, .mode = mode });
	}
}

/* The latest comes first; scrolled, and where nobody watches. */
static void races(void **state)
{
	struct snapshot *now = new_snapshot(1);

	(void)state;
	busy_queue(now, 1, 1);
	add_race(now, 0, "ksoftirqd/0");
	add_race(now, 1, "ksoftirqd/1");
	now->unjudged = 9;
	check_view("races", now, NULL,
		   (struct view_options){ .width = 80, .height = 20, .mode = VIEW_RACES });
	now = new_snapshot(1);
	add_race(now, 0, "ksoftirqd/0");
	add_race(now, 1, "ksoftirqd/1");
	check_view("races-scrolled", now, NULL,
		   (struct view_options){
			   .width = 80, .height = 12, .mode = VIEW_RACES, .cursor = 3 });
	now = new_snapshot(1);
	now->races = 3; /* of another namespace */
	check_view("races-elsewhere", now, NULL,
		   (struct view_options){ .width = 80, .height = 10, .mode = VIEW_RACES });
	now = new_snapshot(1);
	now->races = UNKNOWN;
	check_view("races-unwatched", now, NULL,
		   (struct view_options){ .width = 80, .height = 10, .mode = VIEW_RACES });
}

static void sparklines(void **state)
{
	int utf8;

	(void)state;
	for (utf8 = 0; utf8 < 2; utf8++) {
		struct snapshot *snaps[12];
		struct history h = { 0 };
		unsigned int i;

		for (i = 0; i < 12; i++) {
			snaps[i] = new_snapshot(i);
			busy_queue(snaps[i], 1, i)->total.niov_allocs = (uint64_t)i * i * i;
			history_add(&h, snaps[i], i ? snaps[i - 1] : NULL);
		}
		for (i = 0; i < 10; i++)
			snapshot_free(snaps[i]);
		check_view(utf8 ? "utf8-on" : "utf8-off", snaps[11], snaps[10],
			   (struct view_options){
				   .width = 80, .height = 8, .utf8 = utf8, .history = &h });
		history_clear(&h);
	}
}

/* However small a part is it is seen, and bars are never longer than their column. */
static void bars(void **state)
{
	static const struct {
		struct parts parts;
		uint64_t whole;
		const char *want;
	} cases[] = {
		{ { 0, 0, 0, 0, 0, 0 }, 100, "          " },
		{ { 100, 0, 0, 0, 0, 0 }, 100, ".........." },
		{ { 50, 10, 10, 10, 10, 10 }, 100, "USprc....." },
		{ { 1000000, 1, 1, 1, 1, 1 }, 1000005, "USprc....." },
		{ { 25, 0, 0, 0, 0, 25 }, 100, "UUU...    " },
		{ { UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, 7 }, UNKNOWN, "UUUUUUUUUU" },
		/* Read at different moments, parts may be more than there is. */
		{ { 60, 0, 0, 0, 0, 60 }, 100, "UUUUU....." },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct screen *s = screen_new(40);

		screen_newline(s);
		bar_put(s, &cases[i].parts, cases[i].whole, 10);
		assert_string_equal(s->lines[0].text, cases[i].want);
		screen_free(s);
	}
}

static void sort_orders(void **state)
{
	static const uint32_t want[SORTS][3] = {
		[SORT_TROUBLE] = { 1, 0, 2 },  [SORT_QUEUE] = { 0, 1, 2 },
		[SORT_RX] = { 2, 0, 1 },       [SORT_OUTSTANDING] = { 2, 1, 0 },
		[SORT_RESTARTS] = { 0, 1, 2 },
	};
	struct snapshot *now = new_snapshot(1), *before = new_snapshot(0);
	enum view_sort sort;
	uint32_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		busy_queue(now, i, 1);
		busy_queue(before, i, 0);
	}
	snapshot_queue(now, 3, 1)->total.niov_fails = 7;
	snapshot_queue(now, 3, 2)->rx_bytes += 1000;
	snapshot_queue(now, 3, 0)->restarts = 9;
	snapshot_settle(now);
	snapshot_settle(before);
	for (sort = 0; sort < SORTS; sort++) {
		struct view_options opt = { .sort = sort };
		const struct queue_row **rows;
		size_t num;

		rows = view_sorted(now, before, &opt, &num);
		assert_int_equal(num, 3);
		for (i = 0; i < 3; i++)
			assert_int_equal(rows[i]->queue, want[sort][i]);
		free(rows);
	}
	snapshot_free(now);
	snapshot_free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty),
		cmocka_unit_test(first_picture),
		cmocka_unit_test(one_queue),
		cmocka_unit_test(trouble),
		cmocka_unit_test(losses),
		cmocka_unit_test(two_hundred_queues),
		cmocka_unit_test(batch_is_not_cut),
		cmocka_unit_test(netlink_only),
		cmocka_unit_test(help),
		cmocka_unit_test(pages),
		cmocka_unit_test(empty_pages),
		cmocka_unit_test(races),
		cmocka_unit_test(sparklines),
		cmocka_unit_test(bars),
		cmocka_unit_test(sort_orders),
	};

	setenv("TZ", "UTC0", 1);
	setlocale(LC_CTYPE, "C.UTF-8");
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
