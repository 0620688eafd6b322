// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Symbols looked for by name in a table like /proc/kallsyms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/ksyms.h"

static void symbols_of_a_function(void **state)
{
	static const struct {
		const char *name;
		bool is;
	} symbols[] = {
		{ "foo", true },	 { "foo.llvm.1234", true },    { "foo.lto_priv.0", true },
		{ "foo.isra.0", false }, { "foo.constprop.0", false }, { "foo.part.0", false },
		{ "foo.cold", false },	 { "foobar", false },	       { "fo", false },
		{ "foo.llvm", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (ksyms_is_function(symbols[i].name, "foo") != symbols[i].is)
			fail_msg("%s", symbols[i].name);
}

static void search(const char *text, struct ksyms_wanted *wanted, size_t num)
{
	FILE *f = fmemopen((char *)text, strlen(text), "r");

	assert_non_null(f);
	ksyms_search(f, wanted, num);
	fclose(f);
}

static void several_in_one_pass(void **state)
{
	static const char text[] = "ffffffff81000000 T first\n"
				   "nonsense\n"
				   "\n"
				   "ffffffff81001000 t static_one.llvm.99\n"
				   "ffffffff81002000 t twice\n"
				   "ffffffff81003000 t twice\n"
				   "ffffffff82000000 d a_lock\n"
				   "ffffffff83000000 t first.cold\n"
				   "ffffffffc0000000 t of_module\t[some_module]";
	struct ksyms_wanted w[] = {
		{ .name = "first" },  { .name = "static_one" }, { .name = "twice" },
		{ .name = "a_lock" }, { .name = "of_module" },	{ .name = "some_module" },
	};

	(void)state;
	search(text, w, sizeof(w) / sizeof(w[0]));
	assert_string_equal(w[0].symbol, "first");
	assert_int_equal(w[0].exact, 1);
	assert_int_equal(w[0].others, 0);
	assert_int_equal(w[0].addr, 0xffffffff81000000);
	assert_string_equal(w[1].symbol, "static_one.llvm.99");
	assert_int_equal(w[1].exact, 0);
	assert_int_equal(w[1].others, 1);
	assert_int_equal(w[2].exact, 2);
	assert_int_equal(w[3].addr, 0xffffffff82000000);
	assert_string_equal(w[4].symbol, "of_module");
	assert_int_equal(w[4].addr, 0xffffffffc0000000);
	assert_string_equal(w[5].symbol, "");
	assert_int_equal(w[5].exact + w[5].others, 0);
}

/* Without privilege all addresses are 0; names are there all the same. */
static void hidden_addresses(void **state)
{
	struct ksyms_wanted w = { .name = "first" };

	(void)state;
	search("0000000000000000 T first\n", &w, 1);
	assert_string_equal(w.symbol, "first");
	assert_int_equal(w.exact, 1);
	assert_int_equal(w.addr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbols_of_a_function),
		cmocka_unit_test(several_in_one_pass),
		cmocka_unit_test(hidden_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
