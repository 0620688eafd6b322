// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Races for programs.
 */
#include "output/races_json.h"

#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "output/races_text.h"

static void set(json_t *o, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(o, key, value))
		errx(EXIT_FAILURE, "writing JSON: out of memory");
}

static void append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		errx(EXIT_FAILURE, "writing JSON: out of memory");
}

static json_t *number(uint64_t n)
{
	return n == UNKNOWN ? json_null() : json_integer(n);
}

/* Ids, and what else is not there when it is 0. */
static json_t *id(uint64_t n)
{
	return n ? number(n) : json_null();
}

/* Names of tasks need not be UTF-8, nor what has such a name in it. */
static json_t *name(const char *value)
{
	json_t *string = json_string(value);
	char *safe, *c;

	if (string)
		return string;
	safe = strdup(value);
	if (!safe)
		err(EXIT_FAILURE, "writing JSON");
	for (c = safe; *c; c++)
		if (*c & 0x80)
			*c = '?';
	string = json_string(safe);
	free(safe);
	return string;
}

static json_t *address(const struct holder *h, const uint8_t *addr)
{
	char buf[INET6_ADDRSTRLEN];
	const char *text = inet_ntop(h->family, addr, buf, sizeof(buf));

	return json_string(text ? text : "?");
}

static json_t *holder_json(const struct holder *h)
{
	json_t *o = json_object();

	set(o, "cookie", json_integer(h->cookie));
	set(o, "local_address", address(h, h->local));
	set(o, "local_port", json_integer(h->local_port));
	set(o, "remote_address", address(h, h->remote));
	set(o, "remote_port", json_integer(h->remote_port));
	set(o, "tokens_count", json_integer(h->tokens));
	set(o, "user_niovs", json_integer(h->user));
	set(o, "socket_niovs", json_integer(h->queued));
	set(o, "pid", id(h->pid));
	set(o, "comm", h->pid ? name(h->comm) : json_null());
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
		append(sockets, holder_json(&held->sockets[i]));
	set(o, "unknown", held->why[0] ? json_string(held->why) : json_null());
	set(o, "complete", json_boolean(held->complete));
	set(o, "sockets", sockets);
	set(o, "no_socket_niovs", held->why[0] ? json_null() : json_integer(held->elsewhere));
	return o;
}

static json_t *stack_json(const struct race_stack *stack)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < stack->num; i++)
		append(a, json_string(stack->names[i]));
	return a;
}

static json_t *softirq_json(const struct race_receiver *s)
{
	json_t *o;

	if (s->time_ns == UNKNOWN)
		return json_null();
	o = json_object();
	set(o, "time_monotonic_ns", json_integer(s->time_ns));
	set(o, "cpu", number(s->cpu));
	set(o, "napi_id", id(s->napi));
	set(o, "tid", number(s->tid));
	set(o, "comm", name(s->comm));
	set(o, "stack", stack_json(&s->stack));
	return o;
}

static json_t *rtnl_json(const struct race_switcher *s)
{
	json_t *o;

	if (s->time_ns == UNKNOWN)
		return json_null();
	o = json_object();
	set(o, "time_monotonic_ns", json_integer(s->time_ns));
	set(o, "begin_monotonic_ns", id(s->begin_ns));
	set(o, "pid", number(s->pid));
	set(o, "tid", number(s->tid));
	set(o, "comm", name(s->comm));
	set(o, "phase", json_string(s->phase));
	set(o, "errno", number(s->err));
	set(o, "old_binding_id", id(s->old_binding));
	set(o, "new_binding_id", id(s->new_binding));
	set(o, "stack", stack_json(&s->stack));
	return o;
}

json_t *race_json(const struct race *r)
{
	char *summary = race_summary(r), text[32];
	json_t *o = json_object();
	int64_t ns;

	set(o, "type", json_string("race"));
	set(o, "code", json_string(r->code));
	set(o, "detail", r->detail ? json_string(r->detail) : json_null());
	set(o, "summary", name(summary));
	set(o, "time_monotonic_ns", number(r->time_ns));
	set(o, "nth_count", number(r->nth));
	set(o, "suppressed_count", number(r->suppressed));
	set(o, "ifname", r->ifname[0] ? name(r->ifname) : json_null());
	set(o, "ifindex", json_integer(r->ifindex));
	set(o, "netns_id", json_integer(r->netns));
	set(o, "queue_id", r->queue == NO_QUEUE ? json_null() : json_integer(r->queue));
	set(o, "binding_id", id(r->binding));
	set(o, "queue_binding_id", id(r->queue_binding));
	set(o, "pool_id", id(r->pool));
	set(o, "other_pool_id", id(r->other_pool));
	set(o, "other_napi_id", id(r->other_napi));
	set(o, "other_cpu", number(r->other_cpu));
	set(o, "other_time_monotonic_ns", id(r->other_ns));
	snprintf(text, sizeof(text), "0x%" PRIx64, r->niov);
	set(o, "niov", r->niov && r->niov != UNKNOWN ? json_string(text) : json_null());
	set(o, "errno", number(r->err));
	set(o, "age_ns", id(r->age_ns));
	set(o, "outstanding_niovs", id(r->outstanding));
	set(o, "held_by", held_json(r->held));
	set(o, "between_ns", race_between(r, &ns) ? json_integer(ns) : json_null());
	set(o, "softirq", softirq_json(&r->softirq));
	set(o, "rtnl", rtnl_json(&r->rtnl));
	free(summary);
	return o;
}

json_t *race_totals_json(const struct race_totals *t)
{
	json_t *o = json_object(), *codes = json_object();
	size_t i;

	for (i = 0; i < t->num; i++)
		set(codes, t->codes[i].code, json_integer(t->codes[i].seen));
	set(o, "type", json_string("totals"));
	set(o, "races_count", json_integer(t->all));
	set(o, "by_code", codes);
	set(o, "limited_count", json_integer(t->limited));
	set(o, "lost_count", json_integer(t->lost));
	set(o, "recursion_missed_count", json_integer(t->missed));
	set(o, "table_full_count", json_integer(t->full));
	return o;
}

void race_print_json(FILE *out, json_t *object)
{
	if (json_dumpf(object, out, JSON_COMPACT))
		errx(EXIT_FAILURE, "writing JSON failed");
	fputc('\n', out);
	json_decref(object);
}
