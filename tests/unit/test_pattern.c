// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The test stream: what is written passes at every alignment, and every kind of damage that a
 * receive path can do to a buffer is seen and, where possible, named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "recv/pattern.h"

#define PAGE   4096
#define STREAM (64 * PAGE)

static uint8_t stream[STREAM];
static struct pattern pattern;

static int setup(void **state)
{
	(void)state;
	pattern_init(&pattern, 7);
	pattern_fill(&pattern, 0, stream, sizeof(stream));
	return 0;
}

static void pieces_equal_the_whole(void **state)
{
	uint8_t piece[256];
	size_t pos, len;

	(void)state;
	for (pos = 0; pos < 80; pos++) {
		for (len = 0; len < 150; len++) {
			memset(piece, 0xee, sizeof(piece));
			pattern_fill(&pattern, pos, piece, len);
			assert_memory_equal(piece, stream + pos, len);
			assert_int_equal(piece[len], 0xee);
			assert_int_equal(pattern_check(&pattern, pos, piece, len), len);
			assert_int_equal(pattern_count_wrong(&pattern, pos, piece, len), 0);
		}
	}
}

static void every_wrong_byte_is_found(void **state)
{
	uint8_t piece[400];
	size_t pos, at;

	(void)state;
	for (pos = 0; pos < 24; pos++) {
		memcpy(piece, stream + pos, sizeof(piece));
		for (at = 0; at < sizeof(piece); at++) {
			piece[at] ^= 1 << (at % 8);
			assert_int_equal(pattern_check(&pattern, pos, piece, sizeof(piece)), at);
			assert_int_equal(pattern_count_wrong(&pattern, pos, piece, sizeof(piece)),
					 1);
			piece[at] ^= 1 << (at % 8);
		}
	}
}

static void header_names_the_stream(void **state)
{
	struct pattern found = { 0 };
	uint8_t other[PATTERN_HEADER] = "GET / HTTP/1.1";

	(void)state;
	assert_true(pattern_read_header(&found, stream));
	assert_int_equal(found.seed, 7);
	assert_int_equal(found.base, pattern.base);
	assert_false(pattern_read_header(&found, other));
	assert_int_equal(found.seed, 7);
}

/* Swapped, repeated, stale and empty pages, at every alignment a segment can have. */
static void misplaced_pages_are_named(void **state)
{
	static const size_t starts[] = { PAGE, PAGE + 1, 1448, 8948, 3 * 1460 + 5 };
	uint8_t zero[PAGE] = { 0 };
	unsigned int i, j;

	(void)state;
	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		for (j = 0; j < sizeof(starts) / sizeof(starts[0]); j++) {
			size_t right = pattern_check(&pattern, starts[i], stream + starts[j], PAGE);

			if (i == j) {
				assert_int_equal(right, PAGE);
				continue;
			}
			assert_true(right < 8);
			assert_int_equal(pattern_find(&pattern, stream + starts[j], PAGE),
					 starts[j]);
		}
		assert_true(pattern_check(&pattern, starts[i], zero, PAGE) < 8);
		assert_true(pattern_count_wrong(&pattern, starts[i], zero, PAGE) > PAGE - 64);
		assert_true(pattern_find(&pattern, zero, PAGE) == PATTERN_NOWHERE);
	}
}

static void streams_have_nothing_in_common(void **state)
{
	struct pattern other;
	uint8_t page[PAGE];

	(void)state;
	pattern_init(&other, 8);
	pattern_fill(&other, PAGE, page, PAGE);
	assert_true(pattern_check(&pattern, PAGE, page, PAGE) < 8);
	assert_true(pattern_find(&pattern, page, PAGE) == PATTERN_NOWHERE);
	assert_int_equal(pattern_find(&other, page, PAGE), PAGE);
}

/* Long runs: the position is 64 bits wide everywhere. */
static void far_positions(void **state)
{
	uint64_t pos = (5ULL << 40) + 3;
	uint8_t page[PAGE];

	(void)state;
	pattern_fill(&pattern, pos, page, PAGE);
	assert_int_equal(pattern_check(&pattern, pos, page, PAGE), PAGE);
	assert_true(pattern_check(&pattern, pos + (1ULL << 32), page, PAGE) < 8);
	assert_true(pattern_find(&pattern, page, PAGE) == pos);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_equal_the_whole),
		cmocka_unit_test(every_wrong_byte_is_found),
		cmocka_unit_test(header_names_the_stream),
		cmocka_unit_test(misplaced_pages_are_named),
		cmocka_unit_test(streams_have_nothing_in_common),
		cmocka_unit_test(far_positions),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
