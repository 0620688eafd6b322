// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which sockets have net_iovs, from the BPF programs that read them.
 */
#include "collect/sockets.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>

/* The owner of a socket changes rarely, and to find it out takes a look at all open files. */
#define ASK_AGAIN_NS 10000000000ULL

struct known_owner {
	uint64_t cookie;
	struct devmem_owner owner;
};

struct collect_sockets {
	struct sorted owners; /* struct known_owner by cookie, from the time asked_ns */
	uint64_t asked_ns;
	uint64_t started_ns;
	uint64_t tick_ns;
};

static int cmp_owners(const void *a, const void *b)
{
	const struct known_owner *x = a, *y = b;

	return x->cookie < y->cookie ? -1 : x->cookie > y->cookie;
}

static uint64_t to_ns(struct timespec ts)
{
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

struct collect_sockets *collect_sockets_new(void)
{
	struct collect_sockets *c = calloc(1, sizeof(*c));
	struct timespec ts;

	if (!c)
		err(EXIT_FAILURE, "starting");
	clock_getres(CLOCK_MONOTONIC_COARSE, &ts);
	c->tick_ns = to_ns(ts);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	c->started_ns = to_ns(ts);
	return c;
}

void collect_sockets_free(struct collect_sockets *c)
{
	if (!c)
		return;
	sorted_free(&c->owners);
	free(c);
}

/* ---- owners ---- */

static const struct devmem_owner *find_owner(const struct collect_sockets *c, uint64_t cookie)
{
	struct known_owner key = { .cookie = cookie };
	const struct known_owner *known;

	known = sorted_find(&c->owners, sizeof(key), &key, cmp_owners);
	return known ? &known->owner : NULL;
}

static bool must_ask(const struct collect_sockets *c, const struct programs_sockets *found,
		     uint64_t now_ns)
{
	uint32_t i;

	if (!found->num)
		return false;
	if (now_ns - c->asked_ns >= ASK_AGAIN_NS)
		return true;
	for (i = 0; i < found->num; i++)
		if (!find_owner(c, found->sockets[i].cookie))
			return true;
	return false;
}

static void ask(struct collect_sockets *c, struct programs *load, struct snapshot *snap,
		const struct programs_sockets *found)
{
	const struct devmem_owner nobody = { 0 };
	int fd = programs_map(load, "owners"), ret;
	uint32_t i;

	sorted_free(&c->owners);
	c->asked_ns = snap->time_ns;
	for (i = 0; i < found->num; i++)
		bpf_map_update_elem(fd, &found->sockets[i].address, &nobody, BPF_ANY);
	ret = programs_find_owners(load);
	if (ret)
		snapshot_note(snap, "owners of sockets: %s", strerror(-ret));
	for (i = 0; i < found->num; i++) {
		struct known_owner key = { .cookie = found->sockets[i].cookie };

		bpf_map_lookup_elem(fd, &found->sockets[i].address, &key.owner);
		bpf_map_delete_elem(fd, &found->sockets[i].address);
		sorted_get(&c->owners, sizeof(key), &key, cmp_owners);
	}
}

/* ---- sockets ---- */

static void take_age(const struct collect_sockets *c, struct socket_row *row,
		     const struct devmem_socket_state *s, uint64_t now_ns)
{
	if (!s->tokens)
		return;
	row->oldest_ns = s->oldest * c->tick_ns;
	row->oldest_before = s->clashed;
	if (s->untimed) {
		row->oldest_ns = now_ns - c->started_ns;
		row->oldest_before = true;
	}
}

static void take_socket(struct collect_sockets *c, struct snapshot *snap,
			const struct devmem_socket_state *s, bool events)
{
	const struct pool_row *pool = snapshot_find_pool(snap, s->pool);
	const struct devmem_owner *owner;
	struct socket_row *row;

	/* It has nothing to do with devmem, or its interface is not wanted. */
	if (!pool || !pool->binding)
		return;
	row = snapshot_add_socket(snap);
	row->cookie = s->cookie;
	row->family = s->family;
	row->local_port = s->local_port;
	row->remote_port = s->remote_port;
	memcpy(row->local, s->local, sizeof(row->local));
	memcpy(row->remote, s->remote, sizeof(row->remote));
	row->ifindex = pool->ifindex;
	row->queue = pool->queue;
	row->binding = pool->binding;
	row->tokens = s->tokens;
	row->user_niovs = s->user;
	row->socket_niovs = s->socket;
	if (events)
		take_age(c, row, s, snap->time_ns);
	owner = find_owner(c, s->cookie);
	if (!owner)
		return;
	row->pid = owner->tgid;
	memcpy(row->comm, owner->comm, sizeof(row->comm) - 1);
}

static int cmp_sockets(const void *a, const void *b)
{
	const struct socket_row *x = a, *y = b;

	if (x->user_niovs != y->user_niovs)
		return x->user_niovs > y->user_niovs ? -1 : 1;
	if (x->socket_niovs != y->socket_niovs)
		return x->socket_niovs > y->socket_niovs ? -1 : 1;
	return x->cookie < y->cookie ? -1 : x->cookie > y->cookie;
}

/* Reads what the walk counted for each pool, and removes entries of earlier walks. */
static void take_parts(struct programs *load, struct snapshot *snap, uint32_t round)
{
	int fd = programs_map(load, "pool_parts");
	struct devmem_pool_parts parts;
	uint32_t id;
	size_t i;

	for (i = 0; i < snap->pools.num; i++) {
		struct pool_row *pool = pool_at(snap, i);

		if (!pool->binding)
			continue;
		pool->user = 0;
		pool->socket = 0;
		id = pool->id;
		if (bpf_map_lookup_elem(fd, &id, &parts))
			continue;
		if (parts.round != round) {
			bpf_map_delete_elem(fd, &id);
			continue;
		}
		pool->user = parts.user;
		pool->socket = parts.socket;
	}
}

/* Removes the entries of pools that are gone. */
static void forget_pools(struct programs *load, uint32_t round)
{
	int fd = programs_map(load, "pool_parts");
	struct devmem_pool_parts parts;
	uint32_t id, next;
	bool last;

	last = bpf_map_get_next_key(fd, NULL, &next);
	while (!last) {
		id = next;
		last = bpf_map_get_next_key(fd, &id, &next);
		if (!bpf_map_lookup_elem(fd, &id, &parts) && parts.round != round)
			bpf_map_delete_elem(fd, &id);
	}
}

void collect_sockets_read(struct collect_sockets *c, struct programs *load, struct snapshot *snap,
			  bool events)
{
	struct programs_sockets found;
	uint32_t i;
	int ret = programs_run_sockets(load, &found);

	if (ret) {
		snapshot_note(snap, "reading the sockets: %s", strerror(-ret));
		return;
	}
	take_parts(load, snap, found.round);
	if (must_ask(c, &found, snap->time_ns)) {
		forget_pools(load, found.round);
		ask(c, load, snap, &found);
	}
	for (i = 0; i < found.num; i++)
		take_socket(c, snap, &found.sockets[i], events);
	if (snap->sockets.num)
		qsort(snap->sockets.rows, snap->sockets.num, sizeof(struct socket_row),
		      cmp_sockets);
	if (found.unread)
		snapshot_note(snap, "%u queues of sockets could not be followed", found.unread);
	if (found.overflow)
		snapshot_note(snap, "%u sockets, pools or net_iovs more than there was room for",
			      found.overflow);
	snap->sources |= 1U << SOURCE_SOCKETS;
}
