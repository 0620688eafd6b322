// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Addresses that people type, and the pace of a stream.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>

#include "lib/numbers.h"
#include "recv/util.h"

static void addresses(void **state)
{
	static const char *const bad[] = {
		"",	      "192.0.2.1", "192.0.2.1:",   "192.0.2.1:0", "192.0.2.1:65536",
		"::1:5201",   "[::1]",	   "[::1:5201",	   "host:5201",	  "[192.0.2.1]x:1",
		"1.2.3.4:-1", "1.2.3:x",   "[fe80::zz]:1",
	};
	const struct sockaddr_in *sin;
	const struct sockaddr_in6 *sin6;
	struct endpoint ep;
	unsigned int i;

	(void)state;
	assert_null(parse_endpoint("192.0.2.1:5201", &ep));
	sin = (const struct sockaddr_in *)&ep.addr;
	assert_int_equal(sin->sin_family, AF_INET);
	assert_int_equal(ntohs(sin->sin_port), 5201);
	assert_int_equal(ntohl(sin->sin_addr.s_addr), 0xc0000201);
	assert_false(ep.any);
	assert_string_equal(ep.text, "192.0.2.1:5201");

	assert_null(parse_endpoint("[2001:db8::1]:80", &ep));
	sin6 = (const struct sockaddr_in6 *)&ep.addr;
	assert_int_equal(sin6->sin6_family, AF_INET6);
	assert_int_equal(ntohs(sin6->sin6_port), 80);
	assert_false(ep.any);
	assert_string_equal(ep.text, "[2001:db8::1]:80");

	assert_null(parse_endpoint("0.0.0.0:1", &ep));
	assert_true(ep.any);
	assert_null(parse_endpoint(":5201", &ep));
	assert_int_equal(ep.addr.ss_family, AF_INET6);
	assert_true(ep.any);

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(parse_endpoint(bad[i], &ep));
}

static void paces(void **state)
{
	struct pace p = { .rate = 1000 }, none = { 0 };

	(void)state;
	assert_int_equal(pace_piece(&none, 5000), 5000);
	assert_int_equal(pace_moved(&none, 5000, 7), 7);
	assert_int_equal(pace_piece(&p, 5000), 100);
	assert_int_equal(pace_piece(&p, 99), 99);
	assert_int_equal(pace_moved(&p, 100, 5 * NSEC_PER_SEC),
			 5 * NSEC_PER_SEC + NSEC_PER_SEC / 10);
	/* A sender that goes on too early waits longer. */
	assert_int_equal(pace_moved(&p, 100, 5 * NSEC_PER_SEC),
			 5 * NSEC_PER_SEC + NSEC_PER_SEC / 5);
	/* A pause is not made up for. */
	assert_int_equal(pace_moved(&p, 100, 9 * NSEC_PER_SEC),
			 9 * NSEC_PER_SEC + NSEC_PER_SEC / 10);
	p.rate = 3;
	assert_int_equal(pace_piece(&p, 99), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(paces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
