// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Numbers for people, and pages of text.
 */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "lib/format.h"
#include "view/pages.h"
#include "view/screen.h"
#include "model/snapshot.h"

static void counts(void **state)
{
	char buf[FORMAT_MAX];

	(void)state;
	assert_string_equal(format_count(buf, 0), "0");
	assert_string_equal(format_count(buf, 9999), "9999");
	assert_string_equal(format_count(buf, 10000), "10.0k");
	assert_string_equal(format_count(buf, 999499), "999k");
	assert_string_equal(format_count(buf, 999500), "1.00M");
	assert_string_equal(format_count(buf, UINT64_MAX - 1), "18.4E");
	assert_string_equal(format_count(buf, UNKNOWN), "-");
	assert_string_equal(format_rate(buf, 0), "0");
	assert_string_equal(format_rate(buf, 0.5), "0.5");
	assert_string_equal(format_rate(buf, 9.96), "10");
	assert_string_equal(format_rate(buf, NAN), "-");
}

static void sizes(void **state)
{
	char buf[FORMAT_MAX];

	(void)state;
	assert_string_equal(format_bytes(buf, 0), "0");
	assert_string_equal(format_bytes(buf, 1023), "1023");
	assert_string_equal(format_bytes(buf, 4096), "4K");
	assert_string_equal(format_bytes(buf, 16 << 20), "16M");
	assert_string_equal(format_bytes(buf, 1536), "1.50K");
	assert_string_equal(format_bytes(buf, UINT64_C(4) << 30), "4G");
	assert_string_equal(format_bytes(buf, (UINT64_C(1) << 20) + 1), "1.00M");
	assert_string_equal(format_bytes(buf, 1023 << 10), "1.00M");
	assert_string_equal(format_bytes(buf, UNKNOWN), "-");
	assert_string_equal(format_size(buf, 0), "0 bytes");
	assert_string_equal(format_size(buf, 1023), "1023 bytes");
	assert_string_equal(format_size(buf, 1536), "1.5 KiB");
	assert_string_equal(format_size(buf, 64 << 20), "64.0 MiB");
	assert_string_equal(format_size(buf, UNKNOWN), "-");
	/* The longest there is. */
	assert_true(strlen(format_size(buf, UINT64_MAX - 1)) < FORMAT_MAX);
}

static void durations(void **state)
{
	char buf[FORMAT_MAX];

	(void)state;
	assert_string_equal(format_ns(buf, 0), "0ns");
	assert_string_equal(format_ns(buf, 999), "999ns");
	assert_string_equal(format_ns(buf, 20200), "20.2us");
	assert_string_equal(format_ns(buf, 429578), "430us");
	assert_string_equal(format_ns(buf, 999499), "999us");
	assert_string_equal(format_ns(buf, 999500), "1.0ms");
	assert_string_equal(format_ns(buf, 999499999), "999ms");
	assert_string_equal(format_ns(buf, 1500000000), "1.5s");
	assert_string_equal(format_ns(buf, UINT64_C(185) * 1000000000), "3m05");
	assert_string_equal(format_ns(buf, UINT64_C(7260) * 1000000000), "2h01");
	assert_string_equal(format_ns(buf, UINT64_C(864000) * 1000000000), "10d");
	assert_string_equal(format_ns(buf, UNKNOWN), "-");
}

static void lines_are_cut_by_column(void **state)
{
	struct screen *s = screen_new(4);

	(void)state;
	screen_newline(s);
	screen_put(s, ATTR_BAD, "\xc3\xa4\xc3\xb6\xc3\xbc");
	assert_int_equal(screen_room(s), 1);
	screen_put(s, ATTR_PLAIN, "ß€");
	assert_int_equal(screen_room(s), 0);
	assert_string_equal(s->lines[0].text, "äöü+");
	assert_int_equal(s->lines[0].num_spans, 1);
	assert_int_equal(s->lines[0].spans[0].len, 6);
	screen_free(s);
}

/* What is missing is marked, whatever it is: a number without its last digit is another one. */
static void cuts_are_marked(void **state)
{
	struct screen *s = screen_new(6);

	(void)state;
	screen_newline(s);
	screen_put(s, ATTR_PLAIN, "12345");
	screen_put(s, ATTR_BAD, "6");
	assert_string_equal(s->lines[0].text, "123456");
	screen_put(s, ATTR_PLAIN, "   ");
	assert_string_equal(s->lines[0].text, "123456");
	screen_put(s, ATTR_PLAIN, "7");
	assert_string_equal(s->lines[0].text, "12345+");
	assert_int_equal(s->lines[0].num_spans, 0);
	screen_put(s, ATTR_PLAIN, "8");
	assert_string_equal(s->lines[0].text, "12345+");
	s->utf8 = true;
	screen_newline(s);
	screen_put(s, ATTR_GOOD, "漢字漢字");
	assert_string_equal(s->lines[1].text, "漢字…");
	assert_int_equal(s->lines[1].columns, 5);
	assert_int_equal(s->lines[1].spans[0].len, strlen("漢字"));
	screen_free(s);
}

/* Cells have their width in columns, and differ where their texts do. */
static void cells(void **state)
{
	static const struct {
		const char *text;
		unsigned int width;
		bool left;
		const char *want;
	} cases[] = {
		{ "ok", 5, true, "ok   |" },
		{ "ok", 5, false, "   ok|" },
		{ "prüfung", 8, true, "prüfung |" },
		{ "漢字", 6, false, "  漢字|" },
		{ "enp65s0f0np0", 7, true, "enp+np0|" },
		{ "enp65s0f1np1", 7, true, "enp+np1|" },
		{ "1234567", 6, false, "123+67|" },
		{ "漢字漢字漢字", 7, true, "漢+字  |" },
		{ "äöüßäöüß", 5, true, "äö+üß|" },
		{ "12", 1, true, "+|" },
		{ "a\033[7m", 8, true, "a?[7m   |" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct screen *s = screen_new(20);

		screen_newline(s);
		screen_cell(s, ATTR_PLAIN, cases[i].text, cases[i].width, cases[i].left);
		screen_put(s, ATTR_PLAIN, "|");
		assert_string_equal(s->lines[0].text, cases[i].want);
		assert_int_equal(s->lines[0].columns, cases[i].width + 1);
		screen_free(s);
	}
}

/* A line has room for any number of stretches that look alike; selecting it keeps all of them. */
static void spans(void **state)
{
	struct screen *s = screen_new(200);
	int i;

	(void)state;
	screen_newline(s);
	for (i = 0; i < 2 * SCREEN_SPANS; i++)
		screen_put(s, ATTR_HEADER, "x");
	screen_put(s, ATTR_BAD, "y");
	screen_put(s, ATTR_PLAIN, "-");
	screen_put(s, ATTR_BAD, "z");
	screen_select(s);
	assert_int_equal(s->lines[0].num_spans, 3);
	assert_int_equal(s->lines[0].spans[0].len, 2 * SCREEN_SPANS);
	assert_int_equal(s->lines[0].spans[2].start, 2 * SCREEN_SPANS + 2);
	assert_true(s->lines[0].selected);
	assert_int_equal(s->lines[0].columns, 200);
	screen_free(s);
}

/* Names come from outside: neither escape sequences nor broken UTF-8 may do harm. */
static void hostile_text(void **state)
{
	struct screen *s = screen_new(8);
	char broken[600];
	size_t i;

	(void)state;
	screen_newline(s);
	screen_put(s, ATTR_PLAIN, "%s", "a\033[2J\n");
	assert_string_equal(s->lines[0].text, "a?[2J?");
	/* CSI as one character of UTF-8, and as a byte; what turns the order of letters around. */
	screen_newline(s);
	screen_put(s, ATTR_PLAIN, "%s",
		   "a\xc2\x9b"
		   "b\x9b\xe2\x80\xae"
		   "c");
	assert_string_equal(s->lines[1].text, "a?b??c");
	assert_int_equal(s->lines[1].columns, 6);
	memset(broken, 0x80, sizeof(broken) - 1);
	broken[sizeof(broken) - 1] = '\0';
	screen_newline(s);
	screen_put(s, ATTR_PLAIN, "%s", broken);
	assert_true(s->lines[2].len <= 8 * 4);
	/* Characters without a width, more than any text has. */
	for (i = 0; i + 2 < sizeof(broken); i += 2)
		memcpy(broken + i, "\xcc\x88", 2);
	broken[i] = '\0';
	screen_newline(s);
	screen_put(s, ATTR_PLAIN, "o%s", broken);
	assert_true(s->lines[3].len <= 9 * 4);
	screen_free(s);
	/* Where the terminal shows no UTF-8, no byte of it gets there. */
	setlocale(LC_CTYPE, "C");
	s = screen_new(8);
	screen_newline(s);
	screen_put(s, ATTR_PLAIN, "%s", "a\xc3\xa4\x9b");
	assert_string_equal(s->lines[0].text, "a???");
	screen_free(s);
	setlocale(LC_CTYPE, "C.UTF-8");
}

static void check_key(const struct page *on, int code, enum action action, const struct page *page)
{
	struct command command = keys_command(pages, on, code);

	assert_int_equal(command.action, action);
	assert_ptr_equal(command.page, page);
}

static void check_clash(const struct key *a, const struct key *b)
{
	size_t i, j;

	for (i = 0; i < sizeof(a->codes) / sizeof(a->codes[0]); i++)
		for (j = 0; j < sizeof(b->codes) / sizeof(b->codes[0]); j++)
			if (a->codes[i] && a->codes[i] == b->codes[j])
				fail_msg("%s and %s are the same key", a->label, b->label);
}

/* On one page no key may mean two things. */
static void keys_are_unique(void **state)
{
	const struct key *a, *b;
	size_t page, i, j;

	(void)state;
	for (page = 0; pages[page]; page++)
		for (i = 0; (a = key_at(pages, i)); i++)
			for (j = i + 1; (b = key_at(pages, j)); j++)
				if (key_works(a, pages[page]) && key_works(b, pages[page]))
					check_clash(a, b);
	check_key(&page_help, 'q', ACTION_QUIT, NULL);
	check_key(&page_queues, 'h', ACTION_PAGE, &page_help);
	check_key(&page_help, 'h', ACTION_PAGE, &page_queues);
	check_key(&page_help, '?', ACTION_PAGE, &page_queues);
	check_key(&page_help, 's', ACTION_NONE, NULL);
	check_key(&page_help, 'p', ACTION_NONE, NULL);
	check_key(&page_queue, KEYS_ESCAPE, ACTION_PAGE, &page_queues);
	check_key(&page_queues, KEYS_ESCAPE, ACTION_NONE, NULL);
	check_key(&page_queues, KEYS_ENTER, ACTION_PAGE, &page_queue);
	check_key(&page_bindings, KEYS_ENTER, ACTION_NONE, NULL);
	check_key(&page_bindings, 's', ACTION_PAGE, &page_sockets);
	check_key(&page_bindings, 'o', ACTION_NONE, NULL);
	check_key(&page_queues, 'o', ACTION_SORT, NULL);
	check_key(&page_queues, '~', ACTION_NONE, NULL);
	check_key(&page_queues, 0, ACTION_NONE, NULL);
}

/* Each page can be opened and left, and help and footer say how. */
static void pages_are_reached(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; pages[i]; i++) {
		const struct page *page = pages[i];

		assert_non_null(page->draw);
		assert_non_null(page->key.label);
		assert_non_null(page->key.word);
		assert_non_null(page->key.help);
		assert_true(!page->table || page->title);
		if (i) {
			check_key(pages[0], page->key.codes[0], ACTION_PAGE, page);
			check_key(page, KEYS_ESCAPE, ACTION_PAGE, pages[0]);
		}
	}
}

/* The manual page names every key by a line of its own. */
static void the_manual_has_every_key(void **state)
{
	static char page[65536];
	FILE *f = fopen("tools/devmemtop.8", "re");
	const struct key *key;
	size_t i, len;

	(void)state;
	assert_non_null(f);
	len = fread(page, 1, sizeof(page) - 1, f);
	fclose(f);
	page[len] = '\0';
	for (i = 0; (key = key_at(pages, i)); i++) {
		char line[32];

		snprintf(line, sizeof(line), "\n.B %s%s\n", key->label[0] == '-' ? "\\" : "",
			 key->label);
		if (!strstr(page, line))
			fail_msg("tools/devmemtop.8 does not explain the key %s", key->label);
	}
}

static void ages(void **state)
{
	char buf[FORMAT_MAX];

	(void)state;
	assert_string_equal(format_age(buf, 0), "<10ms");
	assert_string_equal(format_age(buf, 4000000), "4.0ms");
	assert_string_equal(format_age(buf, UNKNOWN), "-");
}

static void addresses(void **state)
{
	static const uint8_t four[] = { 192, 0, 2, 1 };
	static const uint8_t six[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	static const char longest[] = "[1111:1111:1111:1111:1111:1111:1111:1111]:65535";
	char buf[FORMAT_ENDPOINT_MAX];
	uint8_t ones[16];

	(void)state;
	memset(ones, 0x11, sizeof(ones));
	assert_string_equal(format_address(buf, AF_INET, four), "192.0.2.1");
	assert_string_equal(format_address(buf, AF_INET6, six), "2001:db8::1");
	assert_string_equal(format_address(buf, AF_UNSPEC, six), "?");
	assert_string_equal(format_endpoint(buf, AF_INET, four, 80), "192.0.2.1:80");
	assert_string_equal(format_endpoint(buf, AF_INET6, six, 80), "[2001:db8::1]:80");
	assert_string_equal(format_endpoint(buf, AF_INET6, ones, 65535), longest);
	assert_string_equal(format_endpoint(buf, AF_UNSPEC, six, 80), "?:80");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(ages),
		cmocka_unit_test(counts),
		cmocka_unit_test(sizes),
		cmocka_unit_test(durations),
		cmocka_unit_test(lines_are_cut_by_column),
		cmocka_unit_test(cuts_are_marked),
		cmocka_unit_test(cells),
		cmocka_unit_test(spans),
		cmocka_unit_test(the_manual_has_every_key),
		cmocka_unit_test(hostile_text),
		cmocka_unit_test(keys_are_unique),
		cmocka_unit_test(pages_are_reached),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
