// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What two snapshots together show.
 */
#include "model/rates.h"

#include <math.h>
#include <string.h>

static double rate(uint64_t now, uint64_t before, double seconds)
{
	if (now == UNKNOWN || before == UNKNOWN || seconds <= 0)
		return NAN;
	/* A driver that was reset starts again from 0. */
	return now < before ? 0 : (double)(now - before) / seconds;
}

struct queue_rates queue_rates(const struct queue_row *now, const struct queue_row *before,
			       double seconds)
{
	const struct counters *a = &now->total, *b;
	struct queue_rates r;

	/* All bits set means NAN, so a rate that is forgotten below is not known. */
	memset(&r, 0xff, sizeof(r));
	if (!before)
		return r;
	b = &before->total;
#define COUNTER(name) r.name = rate(a->name, b->name, seconds);
	COUNTERS(COUNTER)
#undef COUNTER
	r.rx_bytes = rate(now->rx_bytes, before->rx_bytes, seconds);
	r.rx_packets = rate(now->rx_packets, before->rx_packets, seconds);
	r.rx_drops = rate(now->rx_drops, before->rx_drops, seconds);
	return r;
}

static bool grew(uint64_t now, uint64_t before)
{
	return now != UNKNOWN && before != UNKNOWN && now > before;
}

/* A number that is not known does not count as 0. */
static bool nothing_left(uint64_t niovs_free, uint64_t cache, uint64_t ring)
{
	return niovs_free == 0 && cache == 0 && ring == 0;
}

/*
 * A binding without a free net_iov is no trouble as long as the pool has some: a large pool keeps
 * all that it has taken.
 */
static bool is_starved(const struct queue_row *now, const struct queue_row *before)
{
	if (before && grew(now->total.niov_fails, before->total.niov_fails))
		return true;
	return now->starved_ns || nothing_left(now->niovs_free, now->cache, now->ring);
}

enum queue_state queue_state(const struct queue_row *now, const struct queue_row *before)
{
	if (now->dead && !now->running)
		return STATE_DEAD;
	if (now->running)
		return STATE_RESTART;
	if (now->binding && now->link_up && is_starved(now, before))
		return STATE_STARVED;
	/* A failed restart no longer matters when the link is down. */
	if (now->last_err && (now->link_up || !now->binding))
		return STATE_FAILED;
	if (now->held && now->held != UNKNOWN)
		return STATE_HELD;
	if (!now->binding)
		return STATE_HOST;
	return now->link_up ? STATE_OK : STATE_LINK_DOWN;
}

bool binding_is_empty(const struct binding_row *b)
{
	return nothing_left(b->parts.free, b->parts.cache, b->parts.ring);
}

const char *queue_state_name(enum queue_state state)
{
	static const char *const names[STATES] = {
		[STATE_HOST] = "host",	     [STATE_OK] = "ok",
		[STATE_LINK_DOWN] = "down",  [STATE_HELD] = "held",
		[STATE_RESTART] = "restart", [STATE_FAILED] = "failed",
		[STATE_STARVED] = "starved", [STATE_DEAD] = "dead",
	};

	return state < STATES ? names[state] : "?";
}

double snapshot_seconds(const struct snapshot *now, const struct snapshot *before)
{
	return before && now->time_ns > before->time_ns ? (now->time_ns - before->time_ns) / 1e9
							: 0;
}

static void add(uint64_t *sum, uint64_t value)
{
	if (value != UNKNOWN)
		*sum = *sum == UNKNOWN ? value : *sum + value;
}

static void add_rate(double *sum, double value)
{
	if (!isnan(value))
		*sum = isnan(*sum) ? value : *sum + value;
}

static void add_queue(struct totals *t, const struct queue_row *q, const struct queue_rates *r)
{
	add(&t->restarts, q->restarts);
	add(&t->restart_failures, q->restart_failures);
	/* The traffic of unbound queues has nothing to do with devmem. */
	if (!queue_is_shown(q))
		return;
	if (q->binding)
		t->queues++;
	add(&t->rx_bytes, q->rx_bytes);
#define COUNTER(name) add_rate(&t->rates.name, r->name);
	COUNTERS(COUNTER)
#undef COUNTER
	add_rate(&t->rates.rx_bytes, r->rx_bytes);
	add_rate(&t->rates.rx_packets, r->rx_packets);
	add_rate(&t->rates.rx_drops, r->rx_drops);
}

struct totals snapshot_totals(const struct snapshot *now, const struct snapshot *before)
{
	double seconds = snapshot_seconds(now, before);
	struct totals t;
	size_t i;

	/* All is UNKNOWN or NAN, except what is counted here. */
	memset(&t, 0xff, sizeof(t));
	t.bindings = 0;
	t.unbound_bindings = 0;
	t.queues = 0;
	t.races = now->races;
	if (now->sources & 1U << SOURCE_EVENTS) {
		t.lost = now->lost_ring + now->lost_missed + now->lost_full;
		/* The events of restarts may be among those that this kernel does not tell. */
		if (now->measured & 1U << HIST_RESTART) {
			t.restarts = 0;
			t.restart_failures = 0;
		}
	}
	if (now->races != UNKNOWN)
		add(&t.lost, now->lost_races);
	for (i = 0; i < now->queues.num; i++) {
		const struct queue_row *q = queue_at(now, i);
		const struct queue_row *b = snapshot_find_queue(before, q->ifindex, q->queue);
		struct queue_rates r = queue_rates(q, b, seconds);

		add_queue(&t, q, &r);
	}
	for (i = 0; i < now->bindings.num; i++) {
		const struct binding_row *b = binding_at(now, i);

		t.bindings++;
		if (b->unbound)
			t.unbound_bindings++;
		add(&t.size_bytes, b->size_bytes);
		add(&t.niovs, b->niovs);
		add(&t.outstanding, b->outstanding);
	}
	return t;
}
