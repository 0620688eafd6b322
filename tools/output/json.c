// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A snapshot as one JSON object.
 */
#include "output/json.h"

#include <arpa/inet.h>
#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/rates.h"
#include "output/races_json.h"

/* jansson reports a failed allocation by NULL, and hands NULL through. */
static void set(json_t *object, const char *key, json_t *value)
{
	/* Keys are literals of ours: plain ASCII. */
	if (json_object_set_new_nocheck(object, key, value))
		errx(EXIT_FAILURE, "writing JSON: out of memory");
}

static void append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		errx(EXIT_FAILURE, "writing JSON: out of memory");
}

static void set_count(json_t *object, const char *key, uint64_t value)
{
	set(object, key, value == UNKNOWN ? json_null() : json_integer(value));
}

static void set_rate(json_t *object, const char *key, double value)
{
	/* A thousandth is finer than anything measured here. */
	set(object, key, isnan(value) ? json_null() : json_real(round(value * 1000) / 1000));
}

static void set_id(json_t *object, const char *key, uint32_t value)
{
	set(object, key, value ? json_integer(value) : json_null());
}

/* Names come from outside and need not be UTF-8. */
static void set_name(json_t *object, const char *key, const char *value)
{
	json_t *string = json_string(value);
	char *safe, *c;

	if (!string) {
		safe = strdup(value);
		if (!safe)
			err(EXIT_FAILURE, "writing JSON");
		for (c = safe; *c; c++)
			if (*c & 0x80)
				*c = '?';
		string = json_string(safe);
		free(safe);
	}
	set(object, key, string);
}

static void set_counters(json_t *o, const struct counters *c)
{
	set_count(o, "niov_allocs_count", c->niov_allocs);
	set_count(o, "niov_frees_count", c->niov_frees);
	set_count(o, "niov_fails_count", c->niov_fails);
	set_count(o, "token_gets_count", c->token_gets);
	set_count(o, "token_puts_count", c->token_puts);
	set_count(o, "pool_allocs_count", c->pool_allocs);
	set_count(o, "pool_recycles_count", c->pool_recycles);
	set_count(o, "pool_ring_full_count", c->pool_ring_full);
}

static void set_rates(json_t *o, const struct queue_rates *r)
{
	set_rate(o, "niov_allocs_per_s", r->niov_allocs);
	set_rate(o, "niov_frees_per_s", r->niov_frees);
	set_rate(o, "niov_fails_per_s", r->niov_fails);
	set_rate(o, "token_gets_per_s", r->token_gets);
	set_rate(o, "token_puts_per_s", r->token_puts);
	set_rate(o, "pool_allocs_per_s", r->pool_allocs);
	set_rate(o, "pool_recycles_per_s", r->pool_recycles);
	set_rate(o, "pool_ring_full_per_s", r->pool_ring_full);
	set_rate(o, "rx_bytes_per_s", r->rx_bytes);
	set_rate(o, "rx_packets_per_s", r->rx_packets);
	set_rate(o, "rx_drops_per_s", r->rx_drops);
}

static json_t *parts_object(const struct parts *p)
{
	json_t *o = json_object();

	set_count(o, "free_niovs", p->free);
	set_count(o, "cache_niovs", p->cache);
	set_count(o, "ring_niovs", p->ring);
	set_count(o, "posted_niovs", p->posted);
	set_count(o, "socket_niovs", p->socket);
	set_count(o, "user_niovs", p->user);
	return o;
}

json_t *view_json_queue(const struct queue_row *q, const struct queue_row *before, double seconds)
{
	struct queue_rates rates = queue_rates(q, before, seconds);
	json_t *o = json_object();

	set_name(o, "ifname", q->ifname);
	set_id(o, "ifindex", q->ifindex);
	set_count(o, "queue_id", q->queue);
	set(o, "state", json_string(queue_state_name(queue_state(q, before))));
	set(o, "link_up", json_boolean(q->link_up));
	set_id(o, "napi_id", q->napi);
	set_id(o, "binding_id", q->binding);
	set_id(o, "pool_id", q->pool);
	set_count(o, "dmabuf_bytes", q->size_bytes);
	set_count(o, "binding_niovs", q->niovs);
	set_count(o, "binding_free_niovs", q->niovs_free);
	set_count(o, "outstanding_niovs", q->outstanding);
	set_count(o, "held_niovs", q->held);
	set_count(o, "cache_niovs", q->cache);
	set_count(o, "ring_niovs", q->ring);
	set(o, "parts", parts_object(&q->parts));
	set_count(o, "starved_since_monotonic_ns", q->starved_ns ? q->starved_ns : UNKNOWN);
	set_count(o, "starved_fails_count", q->starved_fails);
	set_counters(o, &q->total);
	set_rates(o, &rates);
	set_count(o, "restarts_count", q->restarts);
	set_count(o, "restart_failures_count", q->restart_failures);
	set(o, "restart_last_errno",
	    q->restarts == UNKNOWN ? json_null() : json_integer(-q->last_err));
	set_count(o, "stop_to_start_last_ns", q->down_ns);
	set_count(o, "stop_to_start_max_ns", q->down_max_ns);
	set_count(o, "restart_last_ns", q->restart_ns);
	set_count(o, "rx_bytes", q->rx_bytes);
	set_count(o, "rx_packets_count", q->rx_packets);
	set_count(o, "rx_alloc_fails_count", q->rx_alloc_fails);
	set_count(o, "rx_drops_count", q->rx_drops);
	return o;
}

static json_t *pool_object(const struct pool_row *p)
{
	json_t *o = json_object();

	set_id(o, "pool_id", p->id);
	set_id(o, "ifindex", p->ifindex);
	set_count(o, "queue_id", p->queue == NO_QUEUE ? UNKNOWN : p->queue);
	set_id(o, "napi_id", p->napi);
	set_id(o, "binding_id", p->binding);
	set_count(o, "outstanding_niovs", p->outstanding);
	set_count(o, "cache_niovs", p->cache);
	set_count(o, "ring_niovs", p->ring);
	set_count(o, "ring_size_niovs", p->ring_size);
	set(o, "provider", p->provider ? json_string(p->provider) : json_null());
	set_count(o, "area_niovs", p->area);
	set_count(o, "area_free_niovs", p->area_free);
	set_count(o, "detached_boot_s", p->detached_s ? p->detached_s : UNKNOWN);
	return o;
}

static json_t *binding_object(const struct binding_row *b)
{
	json_t *o = json_object();

	set_id(o, "binding_id", b->id);
	set_name(o, "ifname", b->ifname);
	set_id(o, "ifindex", b->ifindex);
	set_count(o, "queues_count", b->queues);
	set_count(o, "dmabuf_bytes", b->size_bytes);
	set_count(o, "niovs_count", b->niovs);
	set_count(o, "outstanding_niovs", b->outstanding);
	set(o, "parts", parts_object(&b->parts));
	set(o, "unbound", json_boolean(b->unbound));
	set_count(o, "bound_monotonic_ns", b->bound_ns ? b->bound_ns : UNKNOWN);
	set_count(o, "unbound_monotonic_ns", b->unbound_ns ? b->unbound_ns : UNKNOWN);
	set_id(o, "owner_pid", b->pid);
	set_name(o, "owner_comm", b->comm);
	return o;
}

static void set_address(json_t *o, const char *key, const struct socket_row *s,
			const uint8_t *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(s->family, address, text, sizeof(text));
	set(o, key, json_string(text));
}

static json_t *socket_object(const struct socket_row *s)
{
	json_t *o = json_object();

	set_count(o, "cookie", s->cookie);
	set_address(o, "local_address", s, s->local);
	set_count(o, "local_port", s->local_port);
	set_address(o, "remote_address", s, s->remote);
	set_count(o, "remote_port", s->remote_port);
	set_id(o, "ifindex", s->ifindex);
	set_count(o, "queue_id", s->queue == NO_QUEUE ? UNKNOWN : s->queue);
	set_id(o, "binding_id", s->binding);
	set_count(o, "tokens_count", s->tokens);
	set_count(o, "user_niovs", s->user_niovs);
	set_count(o, "socket_niovs", s->socket_niovs);
	set_count(o, "oldest_token_ns", s->oldest_ns);
	set(o, "oldest_token_is_older", json_boolean(s->oldest_before));
	set_id(o, "pid", s->pid);
	set_name(o, "comm", s->comm);
	return o;
}

static json_t *histogram_array(const struct snapshot *now, enum hist_kind kind,
			       const struct histogram *h)
{
	json_t *a;
	unsigned int i;

	if (!(now->measured & 1U << kind))
		return json_null();
	a = json_array();
	for (i = 0; i < HIST_SLOTS; i++) {
		json_t *slot;

		if (!h->slots[i])
			continue;
		slot = json_object();
		set_count(slot, "from_ns", i ? 1ULL << i : 0);
		set_count(slot, "count", h->slots[i]);
		append(a, slot);
	}
	return a;
}

static json_t *hists_object(const struct snapshot *now, const struct hist_row *h)
{
	json_t *o = json_object();

	set_id(o, "ifindex", h->ifindex);
	set_count(o, "queue_id", h->queue);
	set(o, "hold", histogram_array(now, HIST_HOLD, &h->hold));
	set(o, "stop_to_start", histogram_array(now, HIST_DOWN, &h->down));
	set(o, "restart", histogram_array(now, HIST_RESTART, &h->restart));
	set(o, "provider", histogram_array(now, HIST_PROVIDER, &h->provider));
	return o;
}

static json_t *event_object(const struct event_row *e)
{
	json_t *o = json_object();

	set(o, "event", json_string(e->kind));
	set_count(o, "time_monotonic_ns", e->time_ns);
	set(o, "errno", json_integer(-e->err));
	set_id(o, "ifindex", e->ifindex);
	set_count(o, "queue_id", e->queue == NO_QUEUE ? UNKNOWN : e->queue);
	set_id(o, "binding_id", e->binding);
	set_id(o, "old_binding_id", e->old_binding);
	set_id(o, "pool_id", e->pool);
	set_count(o, "outstanding_niovs", e->outstanding);
	set_id(o, "pid", e->pid);
	set_name(o, "comm", e->comm);
	return o;
}

static json_t *totals_object(const struct snapshot *now, const struct snapshot *before)
{
	struct totals t = snapshot_totals(now, before);
	json_t *o = json_object();

	set_count(o, "bindings_count", t.bindings);
	set_count(o, "unbound_bindings_count", t.unbound_bindings);
	set_count(o, "queues_count", t.queues);
	set_count(o, "dmabuf_bytes", t.bindings ? t.size_bytes : 0);
	set_count(o, "niovs_count", t.bindings ? t.niovs : 0);
	set_count(o, "outstanding_niovs", t.bindings ? t.outstanding : 0);
	set_count(o, "restarts_count", t.restarts);
	set_count(o, "restart_failures_count", t.restart_failures);
	set_count(o, "rx_bytes", t.rx_bytes);
	set_count(o, "races_count", t.races);
	set_count(o, "lost_events_count", t.lost);
	set_rates(o, &t.rates);
	return o;
}

static json_t *lost_object(const struct snapshot *now)
{
	bool events = now->sources & 1U << SOURCE_EVENTS;
	json_t *o = json_object(), *kinds = json_object();
	size_t i;

	set_count(o, "ring_full_count", events ? now->lost_ring : UNKNOWN);
	set_count(o, "recursion_missed_count", events ? now->lost_missed : UNKNOWN);
	set_count(o, "table_full_count", events ? now->lost_full : UNKNOWN);
	set_count(o, "races_count", now->races == UNKNOWN ? UNKNOWN : now->lost_races);
	set_count(o, "races_unjudged_count", now->races == UNKNOWN ? UNKNOWN : now->unjudged);
	for (i = 0; i < now->num_kinds; i++) {
		json_t *kind = json_object();

		set_count(kind, "seen_count", now->kinds[i].seen);
		set_count(kind, "lost_count", now->kinds[i].lost);
		set(kinds, now->kinds[i].kind, kind);
	}
	set(o, "by_event", kinds);
	return o;
}

static json_t *sources_array(const struct snapshot *now)
{
	json_t *a = json_array();
	int i;

	/* What tells most comes first. */
	for (i = SOURCES - 1; i >= 0; i--)
		if (now->sources & 1U << i)
			append(a, json_string(source_name(i)));
	return a;
}

char *view_json(const struct snapshot *now, const struct snapshot *before, bool all)
{
	json_t *root = json_object(), *queues = json_array(), *pools = json_array();
	json_t *bindings = json_array(), *events = json_array();
	json_t *sockets = json_array(), *hists = json_array(), *races = json_array();
	double seconds = snapshot_seconds(now, before);
	char *text;
	size_t i;

	set_count(root, "time_unix_ns", now->wall_ns);
	set_count(root, "time_monotonic_ns", now->time_ns);
	set_rate(root, "interval_s", before ? seconds : NAN);
	set_id(root, "netns_inode", now->netns);
	set(root, "sources", sources_array(now));
	set(root, "incomplete", now->incomplete[0] ? json_string(now->incomplete) : json_null());
	set(root, "totals", totals_object(now, before));
	set(root, "lost_events", lost_object(now));
	for (i = 0; i < now->queues.num; i++) {
		const struct queue_row *q = queue_at(now, i);

		if (all || queue_is_shown(q))
			append(queues,
			       view_json_queue(q, snapshot_find_queue(before, q->ifindex, q->queue),
					       seconds));
	}
	for (i = 0; i < now->pools.num; i++)
		if (all || pool_at(now, i)->binding || pool_at(now, i)->area != UNKNOWN)
			append(pools, pool_object(pool_at(now, i)));
	for (i = 0; i < now->bindings.num; i++)
		append(bindings, binding_object(binding_at(now, i)));
	for (i = 0; i < now->events.num; i++)
		if (!before || event_at(now, i)->seq >= before->next_seq)
			append(events, event_object(event_at(now, i)));
	for (i = 0; i < now->sockets.num; i++)
		append(sockets, socket_object(socket_at(now, i)));
	for (i = 0; i < now->hists.num; i++)
		append(hists, hists_object(now, hist_at(now, i)));
	for (i = 0; i < now->races_kept.num; i++)
		if (!before || race_at(now, i)->seq >= before->next_race)
			append(races, race_json(race_at(now, i)));
	set(root, "queues", queues);
	set(root, "pools", pools);
	set(root, "bindings", bindings);
	set(root, "events", events);
	set(root, "races", races);
	set(root, "sockets", sockets);
	if (now->measured) {
		set(root, "histograms", hists);
	} else {
		set(root, "histograms", json_null());
		json_decref(hists);
	}
	text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(root);
	if (!text)
		errx(EXIT_FAILURE, "writing JSON: out of memory");
	return text;
}
