// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A snapshot as one JSON object.
 */
#include "output/json.h"

#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/format.h"
#include "lib/json.h"
#include "model/rates.h"
#include "output/outputs.h"
#include "output/races_json.h"

static void set_counters(json_t *o, const struct counters *c)
{
#define COUNTER(name) json_put_count(o, #name "_count", c->name);
	COUNTERS(COUNTER)
#undef COUNTER
}

static void set_rates(json_t *o, const struct queue_rates *r)
{
#define COUNTER(name) json_put_rate(o, #name "_per_s", r->name);
	COUNTERS(COUNTER)
#undef COUNTER
	json_put_rate(o, "rx_bytes_per_s", r->rx_bytes);
	json_put_rate(o, "rx_packets_per_s", r->rx_packets);
	json_put_rate(o, "rx_drops_per_s", r->rx_drops);
}

static json_t *parts_object(const struct parts *p)
{
	json_t *o = json_object();

	json_put_count(o, "free_niovs", p->free);
	json_put_count(o, "cache_niovs", p->cache);
	json_put_count(o, "ring_niovs", p->ring);
	json_put_count(o, "posted_niovs", p->posted);
	json_put_count(o, "socket_niovs", p->socket);
	json_put_count(o, "user_niovs", p->user);
	return o;
}

json_t *view_json_queue(const struct queue_row *q, const struct queue_row *before, double seconds)
{
	struct queue_rates rates = queue_rates(q, before, seconds);
	json_t *o = json_object();

	json_put_text(o, "ifname", q->ifname);
	json_put_id(o, "ifindex", q->ifindex);
	json_put_count(o, "queue_id", q->queue);
	json_put_text(o, "state", queue_state_name(queue_state(q, before)));
	json_put(o, "link_up", json_boolean(q->link_up));
	json_put_id(o, "napi_id", q->napi);
	json_put_id(o, "binding_id", q->binding);
	json_put_id(o, "pool_id", q->pool);
	json_put_count(o, "dmabuf_bytes", q->size_bytes);
	json_put_count(o, "binding_niovs", q->niovs);
	json_put_count(o, "binding_free_niovs", q->niovs_free);
	json_put_count(o, "outstanding_niovs", q->outstanding);
	json_put_count(o, "held_niovs", q->held);
	json_put_count(o, "cache_niovs", q->cache);
	json_put_count(o, "ring_niovs", q->ring);
	json_put(o, "parts", parts_object(&q->parts));
	json_put_count(o, "starved_since_monotonic_ns", q->starved_ns ? q->starved_ns : UNKNOWN);
	json_put_count(o, "starved_fails_count", q->starved_fails);
	set_counters(o, &q->total);
	set_rates(o, &rates);
	json_put_count(o, "restarts_count", q->restarts);
	json_put_count(o, "restart_failures_count", q->restart_failures);
	json_put(o, "restart_last_errno",
		 q->restarts == UNKNOWN ? json_null() : json_integer(-q->last_err));
	json_put_count(o, "stop_to_start_last_ns", q->down_ns);
	json_put_count(o, "stop_to_start_max_ns", q->down_max_ns);
	json_put_count(o, "restart_last_ns", q->restart_ns);
	json_put_count(o, "rx_bytes", q->rx_bytes);
	json_put_count(o, "rx_packets_count", q->rx_packets);
	json_put_count(o, "rx_alloc_fails_count", q->rx_alloc_fails);
	json_put_count(o, "rx_drops_count", q->rx_drops);
	return o;
}

static json_t *pool_object(const struct pool_row *p)
{
	json_t *o = json_object();

	json_put_id(o, "pool_id", p->id);
	json_put_id(o, "ifindex", p->ifindex);
	json_put_count(o, "queue_id", p->queue == NO_QUEUE ? UNKNOWN : p->queue);
	json_put_id(o, "napi_id", p->napi);
	json_put_id(o, "binding_id", p->binding);
	json_put_count(o, "outstanding_niovs", p->outstanding);
	json_put_count(o, "cache_niovs", p->cache);
	json_put_count(o, "ring_niovs", p->ring);
	json_put_count(o, "ring_size_niovs", p->ring_size);
	json_put_text(o, "provider", p->provider);
	json_put_count(o, "area_niovs", p->area);
	json_put_count(o, "area_free_niovs", p->area_free);
	json_put_count(o, "detached_boot_s", p->detached_s ? p->detached_s : UNKNOWN);
	return o;
}

static json_t *binding_object(const struct binding_row *b)
{
	json_t *o = json_object();

	json_put_id(o, "binding_id", b->id);
	json_put_text(o, "ifname", b->ifname);
	json_put_id(o, "ifindex", b->ifindex);
	json_put_count(o, "queues_count", b->queues);
	json_put_count(o, "dmabuf_bytes", b->size_bytes);
	json_put_count(o, "niovs_count", b->niovs);
	json_put_count(o, "outstanding_niovs", b->outstanding);
	json_put(o, "parts", parts_object(&b->parts));
	json_put(o, "unbound", json_boolean(b->unbound));
	json_put_count(o, "bound_monotonic_ns", b->bound_ns ? b->bound_ns : UNKNOWN);
	json_put_count(o, "unbound_monotonic_ns", b->unbound_ns ? b->unbound_ns : UNKNOWN);
	json_put_id(o, "owner_pid", b->pid);
	json_put_text(o, "owner_comm", b->comm);
	return o;
}

static json_t *socket_object(const struct socket_row *s)
{
	char buf[FORMAT_ADDRESS_MAX];
	json_t *o = json_object();

	json_put_count(o, "cookie", s->cookie);
	json_put_text(o, "local_address", format_address(buf, s->family, s->local));
	json_put_count(o, "local_port", s->local_port);
	json_put_text(o, "remote_address", format_address(buf, s->family, s->remote));
	json_put_count(o, "remote_port", s->remote_port);
	json_put_id(o, "ifindex", s->ifindex);
	json_put_count(o, "queue_id", s->queue == NO_QUEUE ? UNKNOWN : s->queue);
	json_put_id(o, "binding_id", s->binding);
	json_put_count(o, "tokens_count", s->tokens);
	json_put_count(o, "user_niovs", s->user_niovs);
	json_put_count(o, "socket_niovs", s->socket_niovs);
	json_put_count(o, "oldest_token_ns", s->oldest_ns);
	json_put(o, "oldest_token_is_older", json_boolean(s->oldest_before));
	json_put_id(o, "pid", s->pid);
	json_put_text(o, "comm", s->comm);
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
		json_put_count(slot, "from_ns", i ? 1ULL << i : 0);
		json_put_count(slot, "count", h->slots[i]);
		json_add(a, slot);
	}
	return a;
}

static json_t *hists_object(const struct snapshot *now, const struct hist_row *h)
{
	json_t *o = json_object();

	json_put_id(o, "ifindex", h->ifindex);
	json_put_count(o, "queue_id", h->queue);
	json_put(o, "hold", histogram_array(now, HIST_HOLD, &h->hold));
	json_put(o, "stop_to_start", histogram_array(now, HIST_DOWN, &h->down));
	json_put(o, "restart", histogram_array(now, HIST_RESTART, &h->restart));
	json_put(o, "provider", histogram_array(now, HIST_PROVIDER, &h->provider));
	return o;
}

static json_t *event_object(const struct event_row *e)
{
	json_t *o = json_object();

	json_put_text(o, "event", e->kind);
	json_put_count(o, "time_monotonic_ns", e->time_ns);
	json_put(o, "errno", json_integer(-e->err));
	json_put_id(o, "ifindex", e->ifindex);
	json_put_count(o, "queue_id", e->queue == NO_QUEUE ? UNKNOWN : e->queue);
	json_put_id(o, "binding_id", e->binding);
	json_put_id(o, "old_binding_id", e->old_binding);
	json_put_id(o, "pool_id", e->pool);
	json_put_count(o, "outstanding_niovs", e->outstanding);
	json_put_id(o, "pid", e->pid);
	json_put_text(o, "comm", e->comm);
	return o;
}

static json_t *totals_object(const struct snapshot *now, const struct snapshot *before)
{
	struct totals t = snapshot_totals(now, before);
	json_t *o = json_object();

	json_put_count(o, "bindings_count", t.bindings);
	json_put_count(o, "unbound_bindings_count", t.unbound_bindings);
	json_put_count(o, "queues_count", t.queues);
	json_put_count(o, "dmabuf_bytes", t.bindings ? t.size_bytes : 0);
	json_put_count(o, "niovs_count", t.bindings ? t.niovs : 0);
	json_put_count(o, "outstanding_niovs", t.bindings ? t.outstanding : 0);
	json_put_count(o, "restarts_count", t.restarts);
	json_put_count(o, "restart_failures_count", t.restart_failures);
	json_put_count(o, "rx_bytes", t.rx_bytes);
	json_put_count(o, "races_count", t.races);
	json_put_count(o, "lost_events_count", t.lost);
	set_rates(o, &t.rates);
	return o;
}

static json_t *lost_object(const struct snapshot *now)
{
	bool events = now->sources & 1U << SOURCE_EVENTS;
	json_t *o = json_object(), *kinds = json_object();
	size_t i;

	json_put_count(o, "ring_full_count", events ? now->lost_ring : UNKNOWN);
	json_put_count(o, "recursion_missed_count", events ? now->lost_missed : UNKNOWN);
	json_put_count(o, "table_full_count", events ? now->lost_full : UNKNOWN);
	json_put_count(o, "races_count", now->races == UNKNOWN ? UNKNOWN : now->lost_races);
	json_put_count(o, "races_unjudged_count", now->races == UNKNOWN ? UNKNOWN : now->unjudged);
	for (i = 0; i < now->num_kinds; i++) {
		json_t *kind = json_object();

		json_put_count(kind, "seen_count", now->kinds[i].seen);
		json_put_count(kind, "lost_count", now->kinds[i].lost);
		json_put(kinds, now->kinds[i].kind, kind);
	}
	json_put(o, "by_event", kinds);
	return o;
}

static json_t *sources_array(const struct snapshot *now)
{
	json_t *a = json_array();
	int i;

	/* The source that knows most comes first. */
	for (i = SOURCES - 1; i >= 0; i--)
		if (now->sources & 1U << i)
			json_add(a, json_string(source_name(i)));
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

	json_put_count(root, "time_unix_ns", now->wall_ns);
	json_put_count(root, "time_monotonic_ns", now->time_ns);
	json_put_rate(root, "interval_s", before ? seconds : NAN);
	json_put_id(root, "netns_inode", now->netns);
	json_put(root, "sources", sources_array(now));
	json_put_text(root, "incomplete", now->incomplete[0] ? now->incomplete : NULL);
	json_put(root, "totals", totals_object(now, before));
	json_put(root, "lost_events", lost_object(now));
	for (i = 0; i < now->queues.num; i++) {
		const struct queue_row *q = queue_at(now, i);

		if (all || queue_is_shown(q))
			json_add(queues,
				 view_json_queue(q,
						 snapshot_find_queue(before, q->ifindex, q->queue),
						 seconds));
	}
	for (i = 0; i < now->pools.num; i++)
		if (all || pool_at(now, i)->binding || pool_at(now, i)->area != UNKNOWN)
			json_add(pools, pool_object(pool_at(now, i)));
	for (i = 0; i < now->bindings.num; i++)
		json_add(bindings, binding_object(binding_at(now, i)));
	for (i = 0; i < now->events.num; i++)
		if (!before || event_at(now, i)->seq >= before->next_seq)
			json_add(events, event_object(event_at(now, i)));
	for (i = 0; i < now->sockets.num; i++)
		json_add(sockets, socket_object(socket_at(now, i)));
	for (i = 0; i < now->hists.num; i++)
		json_add(hists, hists_object(now, hist_at(now, i)));
	for (i = 0; i < now->races_kept.num; i++)
		if (!before || race_at(now, i)->seq >= before->next_race)
			json_add(races, race_json(race_at(now, i)));
	json_put(root, "queues", queues);
	json_put(root, "pools", pools);
	json_put(root, "bindings", bindings);
	json_put(root, "events", events);
	json_put(root, "races", races);
	json_put(root, "sockets", sockets);
	if (now->measured) {
		json_put(root, "histograms", hists);
	} else {
		json_put(root, "histograms", json_null());
		json_decref(hists);
	}
	text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(root);
	if (!text)
		errx(EXIT_FAILURE, "writing JSON: out of memory");
	return text;
}

static void print_sample(FILE *f, const struct snapshot *now, const struct snapshot *before,
			 bool all)
{
	char *text = view_json(now, before, all);

	fprintf(f, "%s\n", text);
	free(text);
}

const struct output output_json = {
	.option = "json",
	.letter = 'j',
	.help = "Print one JSON object a line",
	.sample = print_sample,
};
