// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * --filter: which rows of a snapshot are kept.
 */
#include "model/filter.h"

#include <err.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/numbers.h"
#include "model/ifname.h"
#include "model/race.h"

/* ---- reading ---- */

static bool add_term(struct filter *f, enum filter_key key, const char *value, char *text,
		     size_t size)
{
	struct filter_term *t = &f->terms[f->num];
	uint64_t first, last;

	if (f->num == FILTER_TERMS) {
		snprintf(text, size, "too many filters: at most %d values", FILTER_TERMS);
		return false;
	}
	*t = (struct filter_term){ .key = key };
	if (key == FILTER_IFACE) {
		if (!value[0] || strlen(value) >= sizeof(t->pattern)) {
			snprintf(text, size,
				 "bad filter 'iface=%s': give an interface's name, * and ? allowed",
				 value);
			return false;
		}
		strcpy(t->pattern, value);
	} else if (parse_range(value, UINT32_MAX - 1, &first, &last)) {
		t->first = first;
		t->last = last;
	} else {
		snprintf(text, size, "bad filter '%s=%s': give a number or a range such as 0-3",
			 key == FILTER_QUEUE ? "queue" : "binding", value);
		return false;
	}
	f->num++;
	return true;
}

bool filter_parse(struct filter *f, const char *arg, char *text, size_t size)
{
	static const char *const names[FILTER_KEYS] = {
		[FILTER_IFACE] = "iface",
		[FILTER_QUEUE] = "queue",
		[FILTER_BINDING] = "binding",
	};
	const char *equals = strchr(arg, '=');
	size_t len = equals ? (size_t)(equals - arg) : 0, key;
	char *values, *value, *rest;
	bool ok = true;

	if (len == strlen("netns") && !strncmp(arg, "netns", len)) {
		f->netns = equals + 1;
		return true;
	}
	for (key = 0; key < FILTER_KEYS; key++)
		if (len == strlen(names[key]) && !strncmp(arg, names[key], len))
			break;
	if (key == FILTER_KEYS) {
		snprintf(text, size,
			 "bad filter '%s': give iface=NAME, queue=N, binding=ID or netns=PATH|PID",
			 arg);
		return false;
	}
	values = strdup(equals + 1);
	if (!values)
		err(EXIT_FAILURE, "reading a filter");
	rest = values;
	while (ok && (value = strsep(&rest, ",")))
		ok = add_term(f, key, value, text, size);
	free(values);
	return ok;
}

/* ---- deciding ---- */

static bool has_key(const struct filter *f, enum filter_key key)
{
	size_t i;

	for (i = 0; i < f->num; i++)
		if (f->terms[i].key == key)
			return true;
	return false;
}

static bool number_fits(const struct filter *f, enum filter_key key, uint32_t value)
{
	size_t i;

	for (i = 0; i < f->num; i++)
		if (f->terms[i].key == key && value >= f->terms[i].first &&
		    value <= f->terms[i].last)
			return true;
	return !has_key(f, key);
}

static bool name_fits(const struct filter *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->num; i++)
		if (f->terms[i].key == FILTER_IFACE && !fnmatch(f->terms[i].pattern, name, 0))
			return true;
	return !has_key(f, FILTER_IFACE);
}

static bool pool_fits(const struct filter *f, const struct snapshot *snap,
		      const struct pool_row *pool)
{
	return number_fits(f, FILTER_BINDING, pool->binding) &&
	       number_fits(f, FILTER_QUEUE, pool->queue) &&
	       name_fits(f, ifname_in(snap, pool->ifindex));
}

/* A queue belongs to the binding that feeds it, and to those whose buffers it still holds. */
static bool queue_fits(const struct filter *f, const struct snapshot *snap,
		       const struct queue_row *q)
{
	size_t i;

	if (!number_fits(f, FILTER_QUEUE, q->queue) || !name_fits(f, q->ifname))
		return false;
	if (number_fits(f, FILTER_BINDING, q->binding))
		return true;
	for (i = 0; i < snap->pools.num; i++) {
		const struct pool_row *pool = pool_at(snap, i);

		if (pool->ifindex == q->ifindex && pool->queue == q->queue && pool->outstanding &&
		    number_fits(f, FILTER_BINDING, pool->binding))
			return true;
	}
	return false;
}

/* A binding has no queue of its own: one of those that it feeds, or fed, must be wanted. */
static bool feeds_wanted_queue(const struct filter *f, const struct snapshot *snap,
			       uint32_t binding)
{
	size_t i;

	if (!has_key(f, FILTER_QUEUE))
		return true;
	for (i = 0; i < snap->queues.num; i++)
		if (queue_at(snap, i)->binding == binding &&
		    number_fits(f, FILTER_QUEUE, queue_at(snap, i)->queue))
			return true;
	for (i = 0; i < snap->pools.num; i++)
		if (pool_at(snap, i)->binding == binding &&
		    number_fits(f, FILTER_QUEUE, pool_at(snap, i)->queue))
			return true;
	return false;
}

static bool binding_fits(const struct filter *f, const struct snapshot *snap,
			 const struct binding_row *b)
{
	return number_fits(f, FILTER_BINDING, b->id) && name_fits(f, b->ifname) &&
	       feeds_wanted_queue(f, snap, b->id);
}

/* Of a whole binding: its other events name its queues, also when it is gone. */
static bool event_of_wanted_queue(const struct filter *f, const struct snapshot *snap,
				  const struct event_row *e)
{
	size_t i;

	if (e->queue != NO_QUEUE)
		return number_fits(f, FILTER_QUEUE, e->queue);
	if (feeds_wanted_queue(f, snap, e->binding))
		return true;
	for (i = 0; i < snap->events.num; i++) {
		const struct event_row *other = event_at(snap, i);

		if (other->queue != NO_QUEUE && number_fits(f, FILTER_QUEUE, other->queue) &&
		    (other->binding == e->binding || other->old_binding == e->binding))
			return true;
	}
	return false;
}

static bool event_fits(const struct filter *f, const struct snapshot *snap,
		       const struct event_row *e)
{
	return (number_fits(f, FILTER_BINDING, e->binding) ||
		number_fits(f, FILTER_BINDING, e->old_binding)) &&
	       name_fits(f, ifname_in(snap, e->ifindex)) && event_of_wanted_queue(f, snap, e);
}

static bool hists_fit(const struct filter *f, const struct snapshot *snap, const struct hist_row *h)
{
	const struct queue_row *q = snapshot_find_queue(snap, h->ifindex, h->queue);

	return q && queue_fits(f, snap, q);
}

static bool socket_fits(const struct filter *f, const struct snapshot *snap,
			const struct socket_row *sock)
{
	return number_fits(f, FILTER_BINDING, sock->binding) &&
	       number_fits(f, FILTER_QUEUE, sock->queue) &&
	       name_fits(f, ifname_in(snap, sock->ifindex));
}

static bool race_fits(const struct filter *f, const struct snapshot *snap, const struct race *r)
{
	return number_fits(f, FILTER_BINDING, r->binding) &&
	       number_fits(f, FILTER_QUEUE, r->queue) && name_fits(f, ifname_in(snap, r->ifindex));
}

/* ---- dropping ---- */

/* Keeps the rows with a flag, in their order. */
static void compact(struct sorted *s, size_t size, const bool *keep)
{
	size_t i, kept = 0;

	for (i = 0; i < s->num; i++) {
		if (!keep[i])
			continue;
		if (kept != i)
			memcpy((char *)s->rows + kept * size, (char *)s->rows + i * size, size);
		kept++;
	}
	s->num = kept;
}

static bool *flags(size_t num)
{
	bool *keep = calloc(num + 1, sizeof(*keep));

	if (!keep)
		err(EXIT_FAILURE, "filtering");
	return keep;
}

void filter_apply(const struct filter *f, struct snapshot *snap)
{
	bool *queues, *pools, *bindings, *events, *sockets, *races, *hists;
	size_t i;

	if (!f->num)
		return;
	/* Everything is decided on the whole snapshot before anything goes. */
	queues = flags(snap->queues.num);
	pools = flags(snap->pools.num);
	bindings = flags(snap->bindings.num);
	events = flags(snap->events.num);
	sockets = flags(snap->sockets.num);
	races = flags(snap->races_kept.num);
	hists = flags(snap->hists.num);
	for (i = 0; i < snap->queues.num; i++)
		queues[i] = queue_fits(f, snap, queue_at(snap, i));
	for (i = 0; i < snap->pools.num; i++)
		pools[i] = pool_fits(f, snap, pool_at(snap, i));
	for (i = 0; i < snap->bindings.num; i++)
		bindings[i] = binding_fits(f, snap, binding_at(snap, i));
	for (i = 0; i < snap->events.num; i++)
		events[i] = event_fits(f, snap, event_at(snap, i));
	for (i = 0; i < snap->sockets.num; i++)
		sockets[i] = socket_fits(f, snap, socket_at(snap, i));
	for (i = 0; i < snap->races_kept.num; i++)
		races[i] = race_fits(f, snap, race_at(snap, i));
	for (i = 0; i < snap->hists.num; i++)
		hists[i] = hists_fit(f, snap, hist_at(snap, i));
	compact(&snap->queues, sizeof(struct queue_row), queues);
	compact(&snap->pools, sizeof(struct pool_row), pools);
	compact(&snap->bindings, sizeof(struct binding_row), bindings);
	compact(&snap->events, sizeof(struct event_row), events);
	compact(&snap->sockets, sizeof(struct socket_row), sockets);
	snapshot_keep_races(snap, races);
	compact(&snap->hists, sizeof(struct hist_row), hists);
	free(hists);
	free(races);
	free(sockets);
	free(queues);
	free(pools);
	free(bindings);
	free(events);
}
