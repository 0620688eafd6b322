// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Numbers for people, and pages of text.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "format.h"
#include "keys.h"
#include "screen.h"
#include "snapshot.h"

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
	screen_put(s, ATTR_PLAIN, "\xc3\x9f\xe2\x82\xac");
	assert_int_equal(screen_room(s), 0);
	assert_string_equal(s->lines[0].text, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f");
	assert_int_equal(s->lines[0].num_spans, 1);
	assert_int_equal(s->lines[0].spans[0].len, 6);
	screen_free(s);
}

/* Names come from outside: neither escape sequences nor broken UTF-8 may do harm. */
static void hostile_text(void **state)
{
	struct screen *s = screen_new(8);
	char broken[600];

	(void)state;
	screen_newline(s);
	screen_put(s, ATTR_PLAIN, "%s", "a\033[2J\n");
	assert_string_equal(s->lines[0].text, "a?[2J?");
	memset(broken, 0x80, sizeof(broken) - 1);
	broken[sizeof(broken) - 1] = '\0';
	screen_newline(s);
	screen_put(s, ATTR_PLAIN, "%s", broken);
	assert_true(s->lines[1].len <= 8 * 4);
	screen_free(s);
}

/* Within one mode no key may mean two things. */
static void keys_are_unique(void **state)
{
	size_t i, j, a, b;

	(void)state;
	for (i = 0; i < num_keys; i++) {
		for (j = i + 1; j < num_keys; j++) {
			if (!(keys[i].modes & keys[j].modes))
				continue;
			for (a = 0; a < 3; a++)
				for (b = 0; b < 3; b++)
					assert_false(keys[i].codes[a] &&
						     keys[i].codes[a] == keys[j].codes[b]);
		}
	}
	assert_int_equal(key_action('q', VIEW_HELP), ACTION_QUIT);
	assert_int_equal(key_action('h', VIEW_QUEUES), ACTION_HELP);
	assert_int_equal(key_action('h', VIEW_HELP), ACTION_BACK);
	assert_int_equal(key_action(KEYS_ESCAPE, VIEW_QUEUE), ACTION_BACK);
	assert_int_equal(key_action(KEYS_ESCAPE, VIEW_QUEUES), ACTION_NONE);
	assert_int_equal(key_action(KEYS_ENTER, VIEW_QUEUES), ACTION_OPEN);
	assert_int_equal(key_action('s', VIEW_BINDINGS), ACTION_SOCKETS);
	assert_int_equal(key_action('~', VIEW_QUEUES), ACTION_NONE);
	assert_int_equal(key_action(0, VIEW_QUEUES), ACTION_NONE);
}

static void ages(void **state)
{
	char buf[FORMAT_MAX];

	(void)state;
	assert_string_equal(format_age(buf, 0), "<10ms");
	assert_string_equal(format_age(buf, 4000000), "4.0ms");
	assert_string_equal(format_age(buf, UNKNOWN), "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ages),
		cmocka_unit_test(counts),
		cmocka_unit_test(sizes),
		cmocka_unit_test(durations),
		cmocka_unit_test(lines_are_cut_by_column),
		cmocka_unit_test(hostile_text),
		cmocka_unit_test(keys_are_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
