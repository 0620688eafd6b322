// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Drawing, compared with tests/golden/NAME.txt. GOLDEN_UPDATE=1 writes the files anew: look at
 * the difference before committing it.
 *
 * Text is followed by a line of marks below it where something has an attribute: g good, w warn,
 * b bad, h heading, d dim, k key, t title.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include <jansson.h>

#include "bar.h"
#include "columns.h"
#include "snapshot.h"
#include "view.h"
#include "view_csv.h"
#include "view_json.h"

#define SECOND UINT64_C(1000000000)

static struct snapshot *new_snapshot(unsigned int at)
{
	struct snapshot *snap = snapshot_new();

	snap->time_ns = 100 * SECOND + at * SECOND;
	snap->wall_ns = (UINT64_C(1764000000) + at) * SECOND;
	snap->sources = 1 << SOURCE_NETLINK | 1 << SOURCE_EVENTS | 1 << SOURCE_WALK |
			1 << SOURCE_SOCKETS;
	return snap;
}

/* A queue with a binding of its own, @at seconds into steady traffic. */
static struct queue_row *busy_queue(struct snapshot *snap, uint32_t queue, unsigned int at)
{
	struct pool_row *pool = snapshot_pool(snap, 100 + queue);
	struct binding_row *b = snapshot_binding(snap, 10 + queue);
	struct queue_row *q = snapshot_queue(snap, 3, queue);

	pool->ifindex = 3;
	pool->queue = queue;
	pool->binding = b->id;
	pool->outstanding = 1200 + queue;
	pool->cache = 17;
	pool->ring = 300;
	pool->socket = 128;
	pool->user = 500;
	b->size_bytes = 64 << 20;
	b->niovs = 16384;
	b->outstanding = pool->outstanding;
	strcpy(b->ifname, "eth0");
	strcpy(q->ifname, "eth0");
	q->napi = 8193 + queue;
	q->binding = b->id;
	q->link_up = true;
	q->total = (struct counters){
		1000 + 250 * at,  900 + 240 * at,   0, 5000 + 4000 * at, 4900 + 4000 * at,
		8000 + 8000 * at, 7000 + 7000 * at, 0
	};
	q->restarts = 2;
	q->restart_failures = 0;
	q->down_ns = 143000;
	q->down_max_ns = 900000;
	q->restart_ns = 430000;
	q->rx_bytes = 1000000 + 12500000 * (uint64_t)at;
	q->rx_packets = 1000 + 8000 * (uint64_t)at;
	q->rx_drops = 0;
	return q;
}

static void print_marks(const struct screen_line *line, FILE *f)
{
	static const char marks[SCREEN_ATTRS] = { ' ', 't', 'h', 'g', 'w', 'b', 'd',
						  'k', 's', 'U', 'S', 'p', 'r', 'c' };
	char row[512];
	unsigned int i;
	size_t len = 0;

	memset(row, ' ', sizeof(row));
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

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!f)
		return NULL;
	if (getdelim(&text, &size, '\0', f) < 0)
		*text = '\0';
	fclose(f);
	return text;
}

/* Compare with a file, or write it. */
static void check_text(const char *name, const char *text)
{
	char path[256], *want;

	snprintf(path, sizeof(path), "tests/golden/%s", name);
	if (getenv("GOLDEN_UPDATE")) {
		FILE *f = fopen(path, "we");

		assert_non_null(f);
		fputs(text, f);
		fclose(f);
	}
	want = read_file(path);
	if (!want || strcmp(text, want)) {
		print_error("%s differs; now it is:\n%s", path, text);
		fail();
	}
	free(want);
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

/* A hoarder, a reader that lags and a former binding, on two queues. */
static struct snapshot *hoarded(unsigned int at)
{
	struct snapshot *now = new_snapshot(at);
	struct binding_row *b;
	struct socket_row *sock;
	struct event_row *e;
	struct queue_row *q;
	struct hist_row *h;
	struct pool_row *old;

	busy_queue(now, 0, at);
	q = busy_queue(now, 1, at);
	q->total.niov_fails = 4000 * at;
	*snapshot_pool(now, 101) = (struct pool_row){ .id = 101,
						      .ifindex = 3,
						      .queue = 1,
						      .binding = 11,
						      .outstanding = 16384,
						      .cache = 0,
						      .ring = 0,
						      .socket = 84,
						      .user = 16000,
						      .starved_ns = 97 * SECOND,
						      .starved_fails = 8000 };
	b = snapshot_binding(now, 11);
	b->outstanding = 16384;
	b->bound_ns = 40 * SECOND;
	b->pid = 812;
	strcpy(b->comm, "trainer");
	old = snapshot_pool(now, 55);
	*old = (struct pool_row){ .id = 55,
				  .ifindex = 3,
				  .queue = 1,
				  .binding = 9,
				  .outstanding = 40,
				  .user = 40,
				  .detached_s = 77 };
	sock = snapshot_add_socket(now);
	*sock = (struct socket_row){ .family = 2, /* AF_INET */
				     .local_port = 5201,
				     .remote_port = 40000,
				     .local = { 10, 0, 0, 1 },
				     .remote = { 10, 0, 0, 2 },
				     .ifindex = 3,
				     .queue = 1,
				     .binding = 11,
				     .tokens = 17000,
				     .user_niovs = 16000,
				     .socket_niovs = 4,
				     .oldest_ns = 41 * SECOND,
				     .oldest_before = true,
				     .pid = 812,
				     .comm = "trainer" };
	sock = snapshot_add_socket(now);
	*sock = (struct socket_row){ .family = 10, /* AF_INET6 */
				     .local_port = 5202,
				     .remote_port = 40001,
				     .local = { 0xfd, [15] = 1 },
				     .remote = { 0xfd, [15] = 2 },
				     .ifindex = 3,
				     .queue = 1,
				     .binding = 11,
				     .socket_niovs = 80,
				     .oldest_ns = UNKNOWN,
				     .pid = 900,
				     .comm = "reader" };
	e = snapshot_add_event(now);
	*e = (struct event_row){ .time_ns = 40 * SECOND,
				 .kind = "bind",
				 .ifindex = 3,
				 .queue = NO_QUEUE,
				 .binding = 11,
				 .pid = 812,
				 .comm = "trainer" };
	e = snapshot_add_event(now);
	*e = (struct event_row){ .seq = 1,
				 .time_ns = 40 * SECOND + 1500000,
				 .kind = "restart_end",
				 .err = -12,
				 .ifindex = 3,
				 .queue = 1,
				 .binding = 11,
				 .old_binding = 9,
				 .pool = 101,
				 .outstanding = 40,
				 .pid = 812,
				 .comm = "trainer" };
	now->next_seq = 2;
	h = snapshot_hists(now, 3, 1);
	h->hold.slots[10] = 40;
	h->hold.slots[11] = 400;
	h->hold.slots[13] = 3;
	h->down.slots[17] = 2;
	h->provider.slots[9] = 1000000;
	return now;
}

static void pages(void **state)
{
	static const struct {
		const char *name;
		enum view_mode mode;
		unsigned int width, height;
	} cases[] = {
		{ "starved", VIEW_QUEUES, 80, 24 },
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
			[VIEW_QUEUE] = "no-queue",
			[VIEW_BINDINGS] = "no-bindings",
			[VIEW_SOCKETS] = "no-sockets",
			[VIEW_EVENTS] = "no-events",
		};

		check_view(names[mode], new_snapshot(0), NULL,
			   (struct view_options){ .width = 80, .height = 8, .mode = mode });
	}
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
				   .width = 132, .height = 8, .utf8 = utf8, .history = &h });
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

/* What the schema's test validates, too. */
static void every_kind_of_row_in_json(void **state)
{
	struct snapshot *now = hoarded(2), *before = hoarded(1);
	char *text, line[65536];

	(void)state;
	before->next_seq = 0;
	now->kinds[0] = (struct kind_count){ "bind", 4, 1 };
	now->num_kinds = 1;
	now->netns = 4026531833;
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

static void check_widths(const struct table *t)
{
	bool narrow[COLUMNS_MAX], wide[COLUMNS_MAX];
	unsigned int width;
	size_t i;

	assert_true(t->num <= COLUMNS_MAX);
	for (width = VIEW_MIN_WIDTH; width < 200; width++) {
		unsigned int used = 0;

		columns_fit(t, width, wide);
		for (i = 0; i < t->num; i++)
			used += wide[i] ? t->columns[i].width + 1 : 0;
		assert_true(used <= width + 1);
	}
	/* The minimum is there at 40 and at 80 columns. */
	columns_fit(t, VIEW_MIN_WIDTH, narrow);
	columns_fit(t, 80, wide);
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
	assert_int_equal(json_integer_value(get(root, "totals.lost_events_count")), 1);
	assert_int_equal(json_integer_value(get(root, "lost_events.by_event.bind.lost_count")), 1);
	/* The first event was in the picture before. */
	assert_int_equal(json_array_size(get(root, "events")), 1);
	assert_int_equal(json_integer_value(get(root, "events.0.errno")), 12);
	json_decref(root);

	root = parse_line(now, NULL, true);
	assert_int_equal(json_array_size(get(root, "queues")), 2);
	assert_true(json_is_null(get(root, "queues.0.niov_allocs_per_s")));
	assert_true(json_is_null(get(root, "interval_s")));
	assert_int_equal(json_array_size(get(root, "events")), 2);
	json_decref(root);

	now->sources = 1 << SOURCE_NETLINK;
	root = parse_line(now, NULL, false);
	assert_true(json_is_null(get(root, "totals.lost_events_count")));
	json_decref(root);
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
		cmocka_unit_test(sparklines),
		cmocka_unit_test(bars),
		cmocka_unit_test(every_kind_of_row_in_json),
		cmocka_unit_test(csv),
		cmocka_unit_test(sort_orders),
		cmocka_unit_test(columns_by_width),
		cmocka_unit_test(json),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
