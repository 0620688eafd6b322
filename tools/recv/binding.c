// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * dma-bufs bound to receive queues.
 *
 * Two threads: the receiving one only calls bindings_find(); all else runs in the rebinding
 * thread once that was started. @table guards the buffers' states. @binding is held while a
 * bind is under way, because the first packet may be read before the kernel's answer with the
 * new id has been: who misses an id waits for it. Order: @binding, then @table.
 */
#include "lib/numbers.h"
#include "recv/binding.h"

#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/netdev_genl.h"
#include "recv/util.h"

/* How often to look whether an old binding is drained, and for how long. */
#define DRAIN_POLL_NS  (20 * 1000000ULL)
#define DRAIN_LIMIT_NS (10 * NSEC_PER_SEC)

enum buffer_state {
	BUFFER_FREE,
	BUFFER_BOUND,
	BUFFER_RETIRING, /* unbound, but data of it may be anywhere */
};

struct buffer {
	struct dmabuf dmabuf;
	enum buffer_state state;
	uint32_t id;
};

/* Bindings which the kernel has page pools for: ours, and other programs'. */
struct id_list {
	uint32_t *ids;
	unsigned int num;
	unsigned int room;
};

/* Queues that are bound together. */
struct group {
	const uint32_t *queues;
	unsigned int num_queues;
	struct netdev_genl *ng; /* closing it unbinds */
	struct buffer *buffer;	/* the one that is bound, or was when a rebind failed */
	char name[64];
};

struct bindings {
	const struct bindings_config *config;
	unsigned int ifindex;
	struct netdev_genl *query;
	struct group *groups;
	unsigned int num_groups;
	struct buffer *buffers; /* max_buffers of them, num_buffers exist */
	unsigned int num_buffers;
	struct id_list pools; /* as last listed */
	struct bindings_stats stats;

	pthread_mutex_t table;
	pthread_mutex_t binding;

	pthread_t thread;
	bool thread_runs;
	uint64_t interval_ns;
	pthread_mutex_t stop_lock;
	pthread_cond_t stop_cond;
	bool stop;
};

/* ---- dma-bufs ---- */

static bool listed(const struct id_list *list, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < list->num; i++)
		if (list->ids[i] == id)
			return true;
	return false;
}

static int list_pool(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	uint32_t id = netdev_genl_uint(tb[ND_PAGE_POOL_DMABUF], 0);
	struct id_list *list = data;

	(void)cmd;
	if (!id || listed(list, id))
		return 0;
	if (list->num == list->room) {
		unsigned int room = list->room ? 2 * list->room : 16;
		uint32_t *ids = realloc(list->ids, room * sizeof(*ids));

		if (!ids)
			return -ENOMEM;
		list->ids = ids;
		list->room = room;
	}
	list->ids[list->num++] = id;
	return 0;
}

/* Fill b->pools. Return: 0 or a negative errno (printed). */
static int list_pools(struct bindings *b)
{
	struct netdev_genl_error err;
	int ret;

	b->pools.num = 0;
	ret = netdev_genl_dump(b->query, ND_CMD_PAGE_POOL_GET, NULL, 0, list_pool, &b->pools, &err);
	if (ret < 0)
		complain("listing page pools: %s", err.text);
	return ret;
}

/* Free the dma-bufs of bindings which no page pool uses any more. */
static void reap(struct bindings *b)
{
	unsigned int i;

	if (list_pools(b) < 0)
		return;
	pthread_mutex_lock(&b->table);
	for (i = 0; i < b->num_buffers; i++) {
		struct buffer *buffer = &b->buffers[i];

		if (buffer->state == BUFFER_RETIRING && !listed(&b->pools, buffer->id)) {
			buffer->state = BUFFER_FREE;
			buffer->id = 0;
		}
	}
	pthread_mutex_unlock(&b->table);
}

/* Return: a dma-buf that nobody uses; NULL, and *@full, when there may be no more of them. */
static struct buffer *take_buffer(struct bindings *b, bool *full)
{
	struct buffer *buffer;
	unsigned int i;

	*full = false;
	for (i = 0; i < b->num_buffers; i++)
		if (b->buffers[i].state == BUFFER_FREE)
			return &b->buffers[i];
	if (b->num_buffers == b->config->max_buffers) {
		*full = true;
		return NULL;
	}
	buffer = &b->buffers[b->num_buffers];
	if (dmabuf_create(&buffer->dmabuf, b->config->size) < 0)
		return NULL;
	pthread_mutex_lock(&b->table);
	b->num_buffers++;
	pthread_mutex_unlock(&b->table);
	return buffer;
}

/* ---- bind and unbind ---- */

static void complain_bind(const struct bindings *b, const struct group *g,
			  const struct netdev_genl_error *err)
{
	const char *name = strerrorname_np(-err->code);
	const char *hint = "";

	if (err->from_kernel)
		hint = "";
	else if (err->code == -EPERM)
		hint = ": needs CAP_NET_ADMIN, run as root";
	else if (err->code == -EOPNOTSUPP)
		hint = ": the driver cannot restart single queues, or the kernel was built without "
		       "CONFIG_NET_DEVMEM";
	else if (err->code == -ENODEV)
		hint = ": the interface is gone";
	complain("binding a dma-buf of %zu bytes to %s %s: %s (%s)%s", b->config->size,
		 b->config->ifname, g->name, err->text, name ? name : "?", hint);
}

static bool is_ours(const struct bindings *b, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < b->num_buffers; i++)
		if (b->buffers[i].id == id)
			return true;
	return false;
}

/*
 * A bind that failed half-way was undone, but its first queues may have received data by then,
 * through a binding whose id nobody told us. That data keeps a page pool alive: look for one
 * that was not there before.
 */
static void find_failed(struct bindings *b, struct buffer *buffer)
{
	struct id_list before = b->pools;
	unsigned int i;

	b->pools = (struct id_list){ 0 };
	if (!list_pools(b)) {
		pthread_mutex_lock(&b->table);
		for (i = 0; i < b->pools.num; i++) {
			uint32_t id = b->pools.ids[i];

			if (!listed(&before, id) && !is_ours(b, id)) {
				buffer->id = id;
				buffer->state = BUFFER_RETIRING;
			}
		}
		pthread_mutex_unlock(&b->table);
	}
	free(before.ids);
}

static int bind_group(struct bindings *b, struct group *g, struct buffer *buffer)
{
	struct netdev_genl_error err;
	struct netdev_genl *ng;
	uint32_t id = 0;
	int ret;

	ng = netdev_genl_open(&err);
	if (!ng) {
		complain("%s", err.text);
		return err.code;
	}
	pthread_mutex_lock(&b->binding);
	ret = netdev_genl_bind_rx(ng, b->ifindex, buffer->dmabuf.fd, g->queues, g->num_queues, &id,
				  &err);
	if (!ret) {
		pthread_mutex_lock(&b->table);
		buffer->id = id;
		buffer->state = BUFFER_BOUND;
		b->stats.bound++;
		pthread_mutex_unlock(&b->table);
	} else {
		find_failed(b, buffer);
	}
	pthread_mutex_unlock(&b->binding);
	if (ret) {
		complain_bind(b, g, &err);
		netdev_genl_close(ng);
		return ret;
	}
	g->ng = ng;
	g->buffer = buffer;
	return 0;
}

static void unbind_group(struct bindings *b, struct group *g)
{
	if (!g->ng)
		return;
	netdev_genl_close(g->ng);
	g->ng = NULL;
	pthread_mutex_lock(&b->table);
	g->buffer->state = BUFFER_RETIRING;
	b->stats.bound--;
	pthread_mutex_unlock(&b->table);
}

/* ---- rebinding ---- */

/* Return: false when the program is about to end. */
static bool wait_until(struct bindings *b, uint64_t deadline)
{
	struct timespec ts = {
		.tv_sec = deadline / NSEC_PER_SEC,
		.tv_nsec = deadline % NSEC_PER_SEC,
	};
	bool stop;

	pthread_mutex_lock(&b->stop_lock);
	while (!b->stop && !pthread_cond_timedwait(&b->stop_cond, &b->stop_lock, &ts))
		;
	stop = b->stop;
	pthread_mutex_unlock(&b->stop_lock);
	return !stop;
}

/* The same dma-buf must not be bound twice: its pages would be handed out twice. */
static bool wait_drained(struct bindings *b, struct buffer *buffer)
{
	uint64_t limit = now_ns() + DRAIN_LIMIT_NS;

	for (;;) {
		reap(b);
		if (buffer->state == BUFFER_FREE)
			return true;
		if (now_ns() > limit) {
			complain("the old binding %u is not drained after %llu s: not rebound",
				 buffer->id, DRAIN_LIMIT_NS / NSEC_PER_SEC);
			return false;
		}
		if (!wait_until(b, now_ns() + DRAIN_POLL_NS))
			return false;
	}
}

static void rebind_group(struct bindings *b, struct group *g)
{
	struct buffer *next = g->buffer;
	uint64_t start, took;
	bool full = false;
	bool ok, stopping;

	if (!b->config->same) {
		reap(b);
		next = take_buffer(b, &full);
	}
	if (!next) {
		pthread_mutex_lock(&b->table);
		if (full)
			b->stats.postponed++;
		else
			b->stats.failed++;
		pthread_mutex_unlock(&b->table);
		return;
	}
	start = now_ns();
	unbind_group(b, g);
	ok = (!b->config->same || wait_drained(b, next)) && !bind_group(b, g, next);
	took = now_ns() - start;
	stopping = !wait_until(b, 0);
	pthread_mutex_lock(&b->table);
	if (ok) {
		b->stats.rebinds++;
		if (took > b->stats.longest_ns)
			b->stats.longest_ns = took;
	} else if (!stopping) {
		b->stats.failed++;
	}
	pthread_mutex_unlock(&b->table);
}

static void *rebind_thread(void *data)
{
	struct bindings *b = data;
	uint64_t next = now_ns() + b->interval_ns;

	while (wait_until(b, next)) {
		unsigned int i;

		for (i = 0; i < b->num_groups; i++)
			rebind_group(b, &b->groups[i]);
		next += b->interval_ns;
		if (next < now_ns())
			next = now_ns();
	}
	return NULL;
}

int bindings_start_rebinding(struct bindings *b, uint64_t interval_ns)
{
	sigset_t all, old;
	int ret;

	b->interval_ns = interval_ns;
	/* Signals are for the receiving thread, which has to wake up. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(&b->thread, NULL, rebind_thread, b);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret) {
		complain("starting the rebinding thread: %s", strerror(ret));
		return -ret;
	}
	b->thread_runs = true;
	return 0;
}

void bindings_stop_rebinding(struct bindings *b)
{
	if (!b->thread_runs)
		return;
	pthread_mutex_lock(&b->stop_lock);
	b->stop = true;
	pthread_cond_signal(&b->stop_cond);
	pthread_mutex_unlock(&b->stop_lock);
	pthread_join(b->thread, NULL);
	b->thread_runs = false;
}

/* ---- what others call ---- */

static const struct dmabuf *lookup(struct bindings *b, uint32_t id)
{
	const struct dmabuf *found = NULL;
	unsigned int i;

	pthread_mutex_lock(&b->table);
	for (i = 0; i < b->num_buffers; i++)
		if (b->buffers[i].id == id && b->buffers[i].state != BUFFER_FREE)
			found = &b->buffers[i].dmabuf;
	pthread_mutex_unlock(&b->table);
	return found;
}

const struct dmabuf *bindings_find(struct bindings *b, uint32_t id)
{
	const struct dmabuf *found = lookup(b, id);

	if (found)
		return found;
	pthread_mutex_lock(&b->binding);
	found = lookup(b, id);
	pthread_mutex_unlock(&b->binding);
	return found;
}

void bindings_stats(struct bindings *b, struct bindings_stats *stats)
{
	pthread_mutex_lock(&b->table);
	*stats = b->stats;
	pthread_mutex_unlock(&b->table);
}

static void init_group(struct bindings *b, unsigned int index)
{
	const struct bindings_config *config = b->config;
	struct group *g = &b->groups[index];
	unsigned int i;
	size_t len;

	g->queues = config->shared ? config->queues : config->queues + index;
	g->num_queues = config->shared ? config->num_queues : 1;
	len = snprintf(g->name, sizeof(g->name), "queue%s", g->num_queues > 1 ? "s" : "");
	for (i = 0; i < g->num_queues && len < sizeof(g->name); i++)
		len += snprintf(g->name + len, sizeof(g->name) - len, "%s%u", i ? "," : " ",
				g->queues[i]);
}

static int init(struct bindings *b, const struct bindings_config *config)
{
	pthread_condattr_t attr;
	struct netdev_genl_error err;
	unsigned int i;

	b->config = config;
	pthread_mutex_init(&b->table, NULL);
	pthread_mutex_init(&b->binding, NULL);
	pthread_mutex_init(&b->stop_lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->stop_cond, &attr);
	pthread_condattr_destroy(&attr);

	b->ifindex = if_nametoindex(config->ifname);
	if (!b->ifindex) {
		complain("there is no interface %s in this network namespace", config->ifname);
		return -ENODEV;
	}
	b->num_groups = config->shared ? 1 : config->num_queues;
	b->groups = calloc(b->num_groups, sizeof(*b->groups));
	b->buffers = calloc(config->max_buffers, sizeof(*b->buffers));
	if (!b->groups || !b->buffers) {
		complain("%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	for (i = 0; i < b->num_groups; i++)
		init_group(b, i);
	b->query = netdev_genl_open(&err);
	if (!b->query) {
		complain("%s", err.text);
		return err.code;
	}
	return 0;
}

struct bindings *bindings_create(const struct bindings_config *config)
{
	struct bindings *b = calloc(1, sizeof(*b));
	unsigned int i;

	if (!b) {
		complain("%s", strerror(ENOMEM));
		return NULL;
	}
	if (init(b, config) < 0)
		goto err;
	for (i = 0; i < b->num_groups; i++) {
		bool full;
		struct buffer *buffer = take_buffer(b, &full);

		if (!buffer)
			goto err;
		if (bind_group(b, &b->groups[i], buffer) < 0)
			goto err;
	}
	return b;
err:
	bindings_destroy(b);
	return NULL;
}

void bindings_destroy(struct bindings *b)
{
	unsigned int i;

	if (!b)
		return;
	bindings_stop_rebinding(b);
	for (i = 0; b->groups && i < b->num_groups; i++)
		unbind_group(b, &b->groups[i]);
	for (i = 0; i < b->num_buffers; i++)
		dmabuf_destroy(&b->buffers[i].dmabuf);
	netdev_genl_close(b->query);
	free(b->pools.ids);
	free(b->buffers);
	free(b->groups);
	free(b);
}
