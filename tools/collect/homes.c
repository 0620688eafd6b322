// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which interface a page pool belonged to.
 */
#include "collect/homes.h"

#include <assert.h>
#include <err.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

static_assert(NAME_LEN == IF_NAMESIZE, "names of interfaces do not fit");

struct home {
	uint32_t pool;
	uint32_t ifindex;
	char name[NAME_LEN];
};

struct homes {
	struct sorted pools; /* struct home by pool, of the last snapshot */
};

static int cmp_homes(const void *a, const void *b)
{
	const struct home *x = a, *y = b;

	return x->pool < y->pool ? -1 : x->pool > y->pool;
}

struct homes *homes_new(void)
{
	struct homes *h = calloc(1, sizeof(*h));

	if (!h)
		err(EXIT_FAILURE, "starting");
	return h;
}

void homes_free(struct homes *h)
{
	if (!h)
		return;
	sorted_free(&h->pools);
	free(h);
}

static const struct home *find(const struct homes *h, uint32_t pool)
{
	struct home key = { .pool = pool };

	return sorted_find(&h->pools, sizeof(key), &key, cmp_homes);
}

uint32_t homes_ifindex(const struct homes *h, uint32_t pool)
{
	const struct home *home = find(h, pool);

	return home ? home->ifindex : 0;
}

const char *homes_name(const struct homes *h, uint32_t ifindex)
{
	const struct home *rows = h->pools.rows;
	size_t i;

	for (i = 0; i < h->pools.num; i++)
		if (rows[i].ifindex == ifindex && rows[i].name[0])
			return rows[i].name;
	return NULL;
}

void homes_update(struct homes *h, const struct snapshot *snap)
{
	const struct home *before, *known;
	struct sorted now = { 0 };
	size_t i;

	/* Pools that are missing here may still exist. */
	if (snap->incomplete[0])
		return;
	for (i = 0; i < snap->pools.num; i++) {
		const struct pool_row *pool = pool_at(snap, i);
		struct home *home;

		if (!pool->binding || !pool->ifindex)
			continue;
		home = sorted_append(&now, sizeof(*home));
		before = now.num > 1 ? home - 1 : NULL;
		home->pool = pool->id;
		home->ifindex = pool->ifindex;
		known = find(h, pool->id);
		/* Pools of one interface mostly follow each other, so one look-up is enough. */
		if (before && before->ifindex == home->ifindex)
			memcpy(home->name, before->name, sizeof(home->name));
		else if (!if_indextoname(home->ifindex, home->name) && known)
			memcpy(home->name, known->name, sizeof(home->name));
	}
	sorted_free(&h->pools);
	h->pools = now;
}
