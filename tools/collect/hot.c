// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counts of hot events. All that a pool has counted is the sum of its slots on all CPUs and of what
 * was moved out of slots. Only slots that interesting pools use are read, some at a time.
 */
#include "collect/hot.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "contract/hot.h"
#include "lib/hash_walk.h"

/* How many slots one call reads, for all CPUs. */
#define BATCH 64

/* Each hot event: its map, the counter that it goes to, the fact without which it is not known. */
static const struct {
	const char *map;
	size_t member;
	enum fact fact;
} hot_events[DEVMEM_HOT_EVENTS] = {
	[DEVMEM_NIOV_ALLOC] = { "niov_allocs", offsetof(struct counters, niov_allocs), FACT_ALLOC },
	[DEVMEM_NIOV_FREE] = { "niov_frees", offsetof(struct counters, niov_frees), FACT_RETURN },
	[DEVMEM_NIOV_FAIL] = { "niov_fails", offsetof(struct counters, niov_fails), FACT_FAIL },
	[DEVMEM_TOKEN_GET] = { "token_gets", offsetof(struct counters, token_gets),
			       FACT_TOKEN_GET },
	[DEVMEM_TOKEN_PUT] = { "token_puts", offsetof(struct counters, token_puts),
			       FACT_TOKEN_PUT },
	[DEVMEM_TOKEN_DESTROY] = { "token_destroys", offsetof(struct counters, token_puts),
				   FACT_TOKEN_PUT },
};

/* All that a pool has counted. */
struct pool_total {
	uint32_t id;
	uint32_t ifindex;
	uint32_t queue;
	bool gone; /* the kernel no longer lists it */
	uint64_t counts[DEVMEM_HOT_EVENTS];
};

struct collect_hot {
	struct programs *load;
	int cpus;
	uint32_t num_slots;
	struct devmem_slot *slots; /* BATCH slots for each CPU */
	uint8_t used[DEVMEM_HOT_EVENTS][DEVMEM_MAX_SLOTS];
	struct sorted before; /* struct pool_total by id, from the last snapshot */
	struct sorted now;    /* the same, while this snapshot is read */
};

static int cmp_totals(const void *a, const void *b)
{
	const struct pool_total *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static struct pool_total *find(const struct sorted *totals, uint32_t id)
{
	struct pool_total key = { .id = id };

	return sorted_find(totals, sizeof(key), &key, cmp_totals);
}

struct collect_hot *collect_hot_new(struct programs *load)
{
	struct collect_hot *h = calloc(1, sizeof(*h));

	if (!h)
		err(EXIT_FAILURE, "starting");
	h->load = load;
	h->cpus = libbpf_num_possible_cpus();
	h->num_slots = programs_slots(load);
	h->slots = calloc((size_t)BATCH * h->cpus, sizeof(*h->slots));
	if (!h->slots)
		err(EXIT_FAILURE, "starting");
	return h;
}

void collect_hot_free(struct collect_hot *h)
{
	if (!h)
		return;
	sorted_free(&h->before);
	sorted_free(&h->now);
	free(h->slots);
	free(h);
}

/* ---- reading ---- */

static void on_pool_count(void *arg, const void *key, const void *value)
{
	const struct devmem_pool_count *count = value;
	struct collect_hot *h = arg;
	struct pool_total *t = sorted_append(&h->now, sizeof(*t));

	t->id = *(const uint32_t *)key;
	t->ifindex = count->ifindex;
	t->queue = count->queue;
	memcpy(t->counts, count->moved, sizeof(t->counts));
}

/* Returns true if any CPU has an interesting pool in this slot. */
static bool add_slot(struct collect_hot *h, int event, const struct devmem_slot *by_cpu)
{
	struct pool_total *t;
	bool used = false;
	int cpu;

	for (cpu = 0; cpu < h->cpus; cpu++) {
		t = by_cpu[cpu].pool ? find(&h->now, by_cpu[cpu].pool) : NULL;
		if (!t)
			continue;
		t->counts[event] += by_cpu[cpu].count;
		used = true;
	}
	return used;
}

/* Read slots @from to @from + @num of an event. */
static int read_batch(struct collect_hot *h, int event, uint32_t from, uint32_t num)
{
	int fd = programs_map(h->load, hot_events[event].map);
	uint32_t before = from - 1, last, count = num, keys[BATCH], i;
	uint8_t *used = programs_slots_used(h->load, event);

	if (bpf_map_lookup_batch(fd, from ? &before : NULL, &last, keys, h->slots, &count, NULL) &&
	    errno != ENOENT)
		return -errno;
	for (i = 0; i < count; i++)
		if (add_slot(h, event, h->slots + (size_t)i * h->cpus))
			used[keys[i]] = 1;
	return 0;
}

static int read_event(struct collect_hot *h, int event)
{
	const uint8_t *used = h->used[event], *next;
	uint32_t from = 0, num;
	int ret;

	while (from < h->num_slots && (next = memchr(used + from, 1, h->num_slots - from))) {
		from = next - used;
		for (num = 1; num < BATCH && from + num < h->num_slots && used[from + num];)
			num++;
		ret = read_batch(h, event, from, num);
		if (ret)
			return ret;
		from += num;
	}
	return 0;
}

/*
 * A program makes a pool's entry in pool_counts before it marks the slot, and a pool that takes the
 * slot later marks it again. So this reads first the marks, then the entries, then the slots.
 */
static void take_marks(struct collect_hot *h)
{
	uint32_t i;
	int event;

	for (event = 0; event < DEVMEM_HOT_EVENTS; event++) {
		uint8_t *used = programs_slots_used(h->load, event);

		for (i = 0; i < h->num_slots; i++) {
			h->used[event][i] = used[i];
			if (h->used[event][i])
				__atomic_store_n(&used[i], 0, __ATOMIC_SEQ_CST);
		}
	}
}

static void give_marks_back(struct collect_hot *h)
{
	uint32_t i;
	int event;

	for (event = 0; event < DEVMEM_HOT_EVENTS; event++)
		for (i = 0; i < h->num_slots; i++)
			if (h->used[event][i])
				programs_slots_used(h->load, event)[i] = 1;
}

static bool read_all(struct collect_hot *h, struct snapshot *snap)
{
	int event, ret;

	h->now.num = 0;
	take_marks(h);
	ret = hash_walk(programs_map(h->load, "pool_counts"), sizeof(uint32_t),
			sizeof(struct devmem_pool_count), on_pool_count, h);
	if (ret) {
		snapshot_note(snap, "BPF map pool_counts: %s", strerror(-ret));
		give_marks_back(h);
		return false;
	}
	if (h->now.num)
		qsort(h->now.rows, h->now.num, sizeof(struct pool_total), cmp_totals);
	for (event = 0; event < DEVMEM_HOT_EVENTS; event++) {
		ret = read_event(h, event);
		if (ret) {
			snapshot_note(snap, "BPF map %s: %s", hot_events[event].map,
				      strerror(-ret));
			give_marks_back(h);
			return false;
		}
	}
	return true;
}

/* ---- crediting ---- */

/* Returns true if anything was new. A count that was missed once must not be credited twice. */
static bool credit(struct account *acc, struct pool_total *t, const struct pool_total *before)
{
	static const struct pool_total none;
	bool grew = false;
	int event;

	if (!before)
		before = &none;
	for (event = 0; event < DEVMEM_HOT_EVENTS; event++) {
		if (t->counts[event] <= before->counts[event]) {
			t->counts[event] = before->counts[event];
			continue;
		}
		account_credit(acc, t->ifindex, t->queue, hot_events[event].member,
			       t->counts[event] - before->counts[event]);
		grew = true;
	}
	return grew;
}

/* A pool that the kernel no longer lists has no more events. */
static bool is_gone(const struct snapshot *snap, uint32_t id)
{
	return !snap->incomplete[0] && !snapshot_find_pool(snap, id);
}

void collect_hot_read(struct collect_hot *h, struct snapshot *snap, struct account *acc,
		      const struct homes *homes)
{
	int fd = programs_map(h->load, "pool_counts");
	struct sorted read;
	size_t i;

	if (!read_all(h, snap))
		return;
	for (i = 0; i < h->now.num; i++) {
		struct pool_total *t = (struct pool_total *)h->now.rows + i;
		const struct pool_total *before = find(&h->before, t->id);
		bool grew;

		if (!t->ifindex)
			t->ifindex = homes_ifindex(homes, t->id);
		grew = credit(acc, t, before);
		t->gone = is_gone(snap, t->id);
		/* Gone twice with nothing new in between: no count is on its way from a slot. */
		if (t->gone && !grew && before && before->gone)
			bpf_map_delete_elem(fd, &t->id);
	}
	read = h->now;
	h->now = h->before;
	h->before = read;
}

void collect_hot_forget(const struct collect_hot *h, struct snapshot *snap)
{
	const struct facts *from = programs_facts(h->load);
	int event;
	size_t i;

	for (event = 0; event < DEVMEM_HOT_EVENTS; event++) {
		if (from->rank[hot_events[event].fact] >= 0)
			continue;
		for (i = 0; i < snap->queues.num; i++)
			*(uint64_t *)((char *)&queue_at(snap, i)->total +
				      hot_events[event].member) = UNKNOWN;
	}
}
