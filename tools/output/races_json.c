// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Races for programs.
 */
#include "output/races_json.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>

#include "lib/format.h"
#include "lib/json.h"
#include "output/races_text.h"

static json_t *holder_json(const struct holder *h)
{
	char buf[FORMAT_ADDRESS_MAX];
	json_t *o = json_object();

	json_put_count(o, "cookie", h->cookie);
	json_put_text(o, "local_address", format_address(buf, h->family, h->local));
	json_put_count(o, "local_port", h->local_port);
	json_put_text(o, "remote_address", format_address(buf, h->family, h->remote));
	json_put_count(o, "remote_port", h->remote_port);
	json_put_count(o, "tokens_count", h->tokens);
	json_put_count(o, "user_niovs", h->user);
	json_put_count(o, "socket_niovs", h->queued);
	json_put_id(o, "pid", h->pid);
	json_put_text(o, "comm", h->pid ? h->comm : NULL);
	return o;
}

static json_t *held_json(const struct held *held)
{
	json_t *o, *sockets;
	uint32_t i;

	if (!held)
		return json_null();
	o = json_object();
	sockets = json_array();
	for (i = 0; i < held->num; i++)
		json_add(sockets, holder_json(&held->sockets[i]));
	json_put_text(o, "unknown", held->why[0] ? held->why : NULL);
	json_put(o, "complete", json_boolean(held->complete));
	json_put(o, "sockets", sockets);
	json_put_count(o, "no_socket_niovs", held->why[0] ? UNKNOWN : held->elsewhere);
	return o;
}

static json_t *stack_json(const struct race_stack *stack)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < stack->num; i++)
		json_add(a, json_string(stack->names[i]));
	return a;
}

static json_t *softirq_json(const struct race_receiver *s)
{
	json_t *o;

	if (s->time_ns == UNKNOWN)
		return json_null();
	o = json_object();
	json_put_count(o, "time_monotonic_ns", s->time_ns);
	json_put_count(o, "cpu", s->cpu);
	json_put_id(o, "napi_id", s->napi);
	json_put_count(o, "tid", s->tid);
	json_put_text(o, "comm", s->comm);
	json_put(o, "stack", stack_json(&s->stack));
	return o;
}

static json_t *rtnl_json(const struct race_switcher *s)
{
	json_t *o;

	if (s->time_ns == UNKNOWN)
		return json_null();
	o = json_object();
	json_put_count(o, "time_monotonic_ns", s->time_ns);
	json_put_id(o, "begin_monotonic_ns", s->begin_ns);
	json_put_count(o, "pid", s->pid);
	json_put_count(o, "tid", s->tid);
	json_put_text(o, "comm", s->comm);
	json_put_text(o, "phase", s->phase);
	json_put_count(o, "errno", s->err);
	json_put_id(o, "old_binding_id", s->old_binding);
	json_put_id(o, "new_binding_id", s->new_binding);
	json_put(o, "stack", stack_json(&s->stack));
	return o;
}

json_t *race_json(const struct race *r)
{
	char *summary = race_summary(r), text[32];
	json_t *o = json_object();
	int64_t ns;

	json_put_text(o, "type", "race");
	json_put_text(o, "code", r->code);
	json_put_text(o, "detail", r->detail);
	json_put_text(o, "summary", summary);
	json_put_count(o, "time_monotonic_ns", r->time_ns);
	json_put_count(o, "nth_count", r->nth);
	json_put_count(o, "suppressed_count", r->suppressed);
	json_put_text(o, "ifname", r->ifname[0] ? r->ifname : NULL);
	json_put_count(o, "ifindex", r->ifindex);
	json_put_count(o, "netns_id", r->netns);
	json_put_count(o, "queue_id", r->queue == NO_QUEUE ? UNKNOWN : r->queue);
	json_put_id(o, "binding_id", r->binding);
	json_put_id(o, "queue_binding_id", r->queue_binding);
	json_put_id(o, "pool_id", r->pool);
	json_put_id(o, "other_pool_id", r->other_pool);
	json_put_id(o, "other_napi_id", r->other_napi);
	json_put_count(o, "other_cpu", r->other_cpu);
	json_put_id(o, "other_time_monotonic_ns", r->other_ns);
	snprintf(text, sizeof(text), "0x%" PRIx64, r->niov);
	json_put_text(o, "niov", r->niov && r->niov != UNKNOWN ? text : NULL);
	json_put_count(o, "errno", r->err);
	json_put_id(o, "age_ns", r->age_ns);
	json_put_id(o, "outstanding_niovs", r->outstanding);
	json_put(o, "held_by", held_json(r->held));
	json_put(o, "between_ns", race_between(r, &ns) ? json_integer(ns) : json_null());
	json_put(o, "softirq", softirq_json(&r->softirq));
	json_put(o, "rtnl", rtnl_json(&r->rtnl));
	free(summary);
	return o;
}

json_t *race_totals_json(const struct race_totals *t)
{
	json_t *o = json_object(), *codes = json_object();
	size_t i;

	for (i = 0; i < t->num; i++)
		json_put_count(codes, t->codes[i].code, t->codes[i].seen);
	json_put_text(o, "type", "totals");
	json_put_count(o, "races_count", t->all);
	json_put(o, "by_code", codes);
	json_put_count(o, "limited_count", t->limited);
	json_put_count(o, "lost_count", t->lost);
	json_put_count(o, "recursion_missed_count", t->missed);
	json_put_count(o, "table_full_count", t->full);
	return o;
}

void race_print_json(FILE *out, json_t *object)
{
	if (json_dumpf(object, out, JSON_COMPACT))
		errx(EXIT_FAILURE, "writing JSON failed");
	fputc('\n', out);
	json_decref(object);
}
