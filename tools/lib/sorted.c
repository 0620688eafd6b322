// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A growing array that is kept sorted.
 */
#include "lib/sorted.h"

#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static char *row(const struct sorted *s, size_t size, size_t i)
{
	return (char *)s->rows + i * size;
}

/* The index of the row that equals @key, or where it belongs. */
static bool locate(const struct sorted *s, size_t size, const void *key, sorted_cmp cmp,
		   size_t *where)
{
	size_t lo = 0, hi = s->num;

	if (hi && cmp(row(s, size, hi - 1), key) < 0)
		lo = hi;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = cmp(row(s, size, mid), key);

		if (!c) {
			*where = mid;
			return true;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*where = lo;
	return false;
}

void *sorted_append(struct sorted *s, size_t size)
{
	if (s->num == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 16;
		s->rows = reallocarray(s->rows, s->cap, size);
		if (!s->rows)
			err(EXIT_FAILURE, "storing what was read");
	}
	return memset(row(s, size, s->num++), 0, size);
}

void *sorted_get(struct sorted *s, size_t size, const void *key, sorted_cmp cmp)
{
	size_t where, step;
	char *r;

	/* Who fills rows comes along them, up or down: the next one first, the same, the one before. */
	for (step = 0; step < 3; step++) {
		where = s->last + 1 - step; /* wraps below 0, which is no index either */
		if (where < s->num && !cmp(row(s, size, where), key)) {
			s->last = where;
			return row(s, size, where);
		}
	}
	if (locate(s, size, key, cmp, &where)) {
		s->last = where;
		return row(s, size, where);
	}
	s->last = where;
	sorted_append(s, size);
	r = row(s, size, where);
	memmove(r + size, r, (s->num - 1 - where) * size);
	return memcpy(r, key, size);
}

void *sorted_find(const struct sorted *s, size_t size, const void *key, sorted_cmp cmp)
{
	size_t where;

	return locate(s, size, key, cmp, &where) ? row(s, size, where) : NULL;
}

size_t sorted_place(const struct sorted *s, size_t size, const void *key, sorted_cmp cmp)
{
	size_t where;

	locate(s, size, key, cmp, &where);
	return where;
}

void sorted_free(struct sorted *s)
{
	free(s->rows);
	memset(s, 0, sizeof(*s));
}
