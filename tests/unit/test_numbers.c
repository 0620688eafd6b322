// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Numbers that people type: what is taken, and what is refused without touching the result.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/numbers.h"

#define UNTOUCHED 12345

/* Wrong for everything that reads a number. */
static const char *const never[] = {
	"",    "-1",  "+1",  " 1", "1 ",  "\t1", "1\n", "-",	"+",	    "x", "1x",	"0x10",
	"1,5", "1 2", "--1", "1s", "nan", "NaN", "inf", "-inf", "infinity", "K", "1KB", "\xd9\xa1",
};

static const size_t num_never = sizeof(never) / sizeof(never[0]);

static void numbers(void **state)
{
	static const char *const bad[] = {
		"4",
		"11",
		"1e1",
		"5.0",
		"5K",
		"5-6",
		"18446744073709551616",
		"99999999999999999999",
	};
	uint64_t value;
	size_t i;

	(void)state;
	assert_true(parse_number("10", 5, 10, &value));
	assert_int_equal(value, 10);
	assert_true(parse_number("5", 5, 10, &value));
	assert_int_equal(value, 5);
	assert_true(parse_number("007", 5, 10, &value));
	assert_int_equal(value, 7);
	assert_true(parse_number("0", 0, 10, &value));
	assert_int_equal(value, 0);
	assert_true(parse_number("18446744073709551615", 0, UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	/* Too large for 64 bits, whatever is allowed. */
	assert_false(parse_number("18446744073709551616", 0, UINT64_MAX, &value));
	value = UNTOUCHED;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_number(bad[i], 5, 10, &value));
	for (i = 0; i < num_never; i++)
		assert_false(parse_number(never[i], 0, UINT64_MAX, &value));
	assert_int_equal(value, UNTOUCHED);
}

static void ranges(void **state)
{
	static const char *const bad[] = {
		"3-1",	"1-",	 "-3",	 "1--3", "1-+3", "1- 3",
		"1 -3", "1-3-5", "1-3x", "11",	 "1-11", "1-18446744073709551617",
	};
	uint64_t first, last;
	size_t i;

	(void)state;
	assert_true(parse_range("3", 10, &first, &last));
	assert_int_equal(first, 3);
	assert_int_equal(last, 3);
	assert_true(parse_range("0-10", 10, &first, &last));
	assert_int_equal(first, 0);
	assert_int_equal(last, 10);
	assert_true(parse_range("4-4", 10, &first, &last));
	assert_int_equal(first, 4);
	assert_int_equal(last, 4);
	first = last = UNTOUCHED;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_range(bad[i], 10, &first, &last));
	for (i = 0; i < num_never; i++)
		assert_false(parse_range(never[i], UINT64_MAX, &first, &last));
	assert_int_equal(first, UNTOUCHED);
	assert_int_equal(last, UNTOUCHED);
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 },	     { "4096", 4096 },	  { "64K", 64 << 10 },
		{ "64k", 64 << 10 }, { "16M", 16 << 20 }, { "3G", 3ULL << 30 },
	};
	static const char *const bad[] = {
		"1.5M",		"1T", "1KK", "1 K", "99999999999999999999", "18446744073709551615",
		"99999999999G",
	};
	uint64_t bytes;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(parse_size(good[i].text, 0, INT64_MAX, &bytes));
		assert_int_equal(bytes, good[i].bytes);
	}
	assert_true(parse_size("1K", 1024, 1024, &bytes));
	assert_false(parse_size("1K", 1025, UINT64_MAX, &bytes));
	assert_false(parse_size("1K", 0, 1023, &bytes));
	assert_false(parse_size("0K", 1, UINT64_MAX, &bytes));
	assert_false(parse_size("17179869184G", 0, UINT64_MAX, &bytes));
	bytes = UNTOUCHED;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_size(bad[i], 0, INT64_MAX, &bytes));
	for (i = 0; i < num_never; i++)
		assert_false(parse_size(never[i], 0, UINT64_MAX, &bytes));
	assert_int_equal(bytes, UNTOUCHED);
}

static void decimals(void **state)
{
	static const char *const bad[] = {
		".", "1.2.3", "e1", "1e", "1e+", "0x1p3", "1e999", "1e-999", "0.09", "3600.1",
	};
	double value;
	size_t i;

	(void)state;
	assert_true(parse_decimal("0.25", 0.1, 3600, &value));
	assert_true(value == 0.25);
	assert_true(parse_decimal(".5", 0.1, 3600, &value));
	assert_true(value == 0.5);
	assert_true(parse_decimal("0.1", 0.1, 3600, &value));
	assert_true(parse_decimal("3600", 0.1, 3600, &value));
	assert_true(parse_decimal("1e3", 0.1, 3600, &value));
	assert_true(value == 1000);
	value = UNTOUCHED;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_decimal(bad[i], 0.1, 3600, &value));
	for (i = 0; i < num_never; i++)
		assert_false(parse_decimal(never[i], 0, 1e300, &value));
	assert_true(value == UNTOUCHED);
}

static void times(void **state)
{
	uint64_t nsec;
	size_t i;

	(void)state;
	assert_true(parse_seconds("5", 1, 10 * NSEC_PER_SEC, &nsec));
	assert_int_equal(nsec, 5 * NSEC_PER_SEC);
	assert_true(parse_seconds("0.25", 1, 10 * NSEC_PER_SEC, &nsec));
	assert_int_equal(nsec, NSEC_PER_SEC / 4);
	assert_true(parse_seconds("10", 1, 10 * NSEC_PER_SEC, &nsec));
	assert_true(parse_seconds("0", 0, 10 * NSEC_PER_SEC, &nsec));
	assert_int_equal(nsec, 0);
	nsec = UNTOUCHED;
	assert_false(parse_seconds("0", 1, 10 * NSEC_PER_SEC, &nsec));
	/* Less than a nanosecond would become none. */
	assert_false(parse_seconds("1e-10", 1, 10 * NSEC_PER_SEC, &nsec));
	assert_false(parse_seconds("10.1", 1, 10 * NSEC_PER_SEC, &nsec));
	assert_false(parse_seconds("1e99", 1, 10 * NSEC_PER_SEC, &nsec));
	for (i = 0; i < num_never; i++)
		assert_false(parse_seconds(never[i], 0, 10 * NSEC_PER_SEC, &nsec));
	assert_int_equal(nsec, UNTOUCHED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),  cmocka_unit_test(ranges), cmocka_unit_test(sizes),
		cmocka_unit_test(decimals), cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
