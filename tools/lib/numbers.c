// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Numbers out of text that people wrote.
 */
#include "lib/numbers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The digits at the beginning. Return: what follows them; NULL: there are none, or too many. */
static const char *read_digits(const char *text, uint64_t *value)
{
	unsigned long long v;
	char *end;

	/* strtoull() would take "-1" and " 1". */
	if (*text < '0' || *text > '9')
		return NULL;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno)
		return NULL;
	*value = v;
	return end;
}

bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	const char *end;
	uint64_t v;

	end = read_digits(text, &v);
	if (!end || *end || v < min || v > max)
		return false;
	*value = v;
	return true;
}

bool parse_range(const char *text, uint64_t max, uint64_t *first, uint64_t *last)
{
	uint64_t from, to;
	const char *end;

	end = read_digits(text, &from);
	if (!end)
		return false;
	to = from;
	if (*end == '-')
		end = read_digits(end + 1, &to);
	if (!end || *end || from > to || to > max)
		return false;
	*first = from;
	*last = to;
	return true;
}

bool parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *bytes)
{
	unsigned int shift = 0;
	const char *end;
	uint64_t v;

	end = read_digits(text, &v);
	if (!end)
		return false;
	switch (*end) {
	case 'k':
	case 'K':
		shift = 10;
		break;
	case 'm':
	case 'M':
		shift = 20;
		break;
	case 'g':
	case 'G':
		shift = 30;
		break;
	}
	if (shift)
		end++;
	if (*end || v > max >> shift || v << shift < min)
		return false;
	*bytes = v << shift;
	return true;
}

bool parse_decimal(const char *text, double min, double max, double *value)
{
	double v;
	char *end;

	/* strtod() would also take a sign, blanks, "nan", "inf" and "0x10". */
	if (*text == '-' || *text == '+' || text[strspn(text, "0123456789.eE+-")])
		return false;
	errno = 0;
	v = strtod(text, &end);
	if (errno || end == text || *end || v < min || v > max)
		return false;
	*value = v;
	return true;
}

bool parse_seconds(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t *nsec)
{
	uint64_t ns;
	double s;

	if (!parse_decimal(text, 0, (double)max_ns / NSEC_PER_SEC, &s))
		return false;
	ns = s * NSEC_PER_SEC;
	if (ns < min_ns)
		return false;
	*nsec = ns;
	return true;
}
