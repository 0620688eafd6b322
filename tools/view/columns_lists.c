// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The columns of bindings, sockets and events.
 */
#include "view/columns_queues.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "view/bar.h"
#include "view/cells.h"
#include "lib/format.h"
#include "model/ifname.h"

/* ---- bindings ---- */

static enum screen_attr binding_ifname(const struct cell_input *in, char *text)
{
	return cell_of_name(text, in->b->ifname);
}

static enum screen_attr binding_id(const struct cell_input *in, char *text)
{
	return cell_of_id(text, in->b->id);
}

static enum screen_attr binding_state(const struct cell_input *in, char *text)
{
	bool empty = binding_is_empty(in->b);

	strcpy(text, in->b->unbound ? "unbound" : empty ? "empty" : "bound");
	return in->b->unbound ? ATTR_WARN : empty ? ATTR_BAD : ATTR_GOOD;
}

static enum screen_attr binding_queues(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->b->queues);
}

static enum screen_attr binding_size(const struct cell_input *in, char *text)
{
	return cell_of_bytes(text, in->b->size_bytes);
}

static enum screen_attr binding_niovs(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->b->niovs);
}

static enum screen_attr binding_out(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->b->outstanding);
}

static enum screen_attr binding_free(const struct cell_input *in, char *text)
{
	cell_of_count(text, in->b->parts.free);
	return binding_is_empty(in->b) ? ATTR_BAD : ATTR_PLAIN;
}

static enum screen_attr binding_cache(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->b->parts.cache);
}

static enum screen_attr binding_ring(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->b->parts.ring);
}

static enum screen_attr binding_posted(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->b->parts.posted);
}

static enum screen_attr binding_socket(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->b->parts.socket);
}

static enum screen_attr binding_user(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->b->parts.user);
}

static void binding_where(struct screen *s, const struct cell_input *in, unsigned int width)
{
	bar_put(s, &in->b->parts, in->b->niovs, width);
}

static enum screen_attr binding_age(const struct cell_input *in, char *text)
{
	format_ns(text, in->b->bound_ns ? snapshot_age(in->snap, in->b->bound_ns) : UNKNOWN);
	return ATTR_PLAIN;
}

static enum screen_attr binding_pid(const struct cell_input *in, char *text)
{
	return cell_of_id(text, in->b->pid);
}

static enum screen_attr binding_comm(const struct cell_input *in, char *text)
{
	return cell_of_name(text, in->b->comm);
}

static const struct column binding_columns[] = {
	{ "IFACE", 7, 15, true, 0, binding_ifname, "interface", NULL },
	{ "BIND", 5, 10, false, 0, binding_id, "id of the dma-buf binding", NULL },
	{ "STATE", 7, 7, true, 0, binding_state,
	  "bound; empty: no net_iov left in it and its pools; unbound: given up, but buffers of it are "
	  "still out",
	  NULL },
	{ "QS", 3, 5, false, 3, binding_queues, "queues bound to it now", NULL },
	{ "DMABUF", 6, 6, false, 1, binding_size, "size of the dma-buf", NULL },
	{ "NIOVS", 5, 5, false, 3, binding_niovs, "its net_iovs: FREE and OUT together", NULL },
	{ "WHERE", 20, 20, true, 1, NULL,
	  "where its net_iovs are: U with user space, S in sockets, p posted to the NIC, r in rings, "
	  "c in caches, . free",
	  binding_where },
	{ "FREE", 5, 5, false, 0, binding_free, "net_iovs left in it", NULL },
	{ "OUT", 5, 5, false, 2, binding_out,
	  "net_iovs that pools took out of it; the sum of those below", NULL },
	{ "CACHE", 5, 5, false, 4, binding_cache, "in pools' caches", NULL },
	{ "RING", 5, 5, false, 4, binding_ring, "in pools' rings", NULL },
	{ "POSTED", 6, 6, false, 2, binding_posted,
	  "the rest of OUT: with the NIC, or on the way through the stack", NULL },
	{ "SOCKET", 6, 6, false, 2, binding_socket, "in receive queues of sockets", NULL },
	{ "USER", 5, 5, false, 0, binding_user, "with user space, which holds tokens of them",
	  NULL },
	{ "AGE", 6, 6, false, 5, binding_age, "since it was bound; -: before devmemtop started",
	  NULL },
	{ "PID", 7, 7, false, 5, binding_pid, "process that bound it", NULL },
	{ "COMMAND", 12, 15, true, 1, binding_comm, "its name", NULL },
};
const struct table table_bindings = { binding_columns,
				      sizeof(binding_columns) / sizeof(binding_columns[0]) };

/* ---- sockets ---- */

static enum screen_attr socket_pid(const struct cell_input *in, char *text)
{
	return cell_of_id(text, in->sock->pid);
}

static enum screen_attr socket_comm(const struct cell_input *in, char *text)
{
	return cell_of_name(text, in->sock->comm);
}

static enum screen_attr socket_user(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->sock->user_niovs);
}

static enum screen_attr socket_tokens(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->sock->tokens);
}

static enum screen_attr socket_queued(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->sock->socket_niovs);
}

static enum screen_attr socket_oldest(const struct cell_input *in, char *text)
{
	char buf[FORMAT_MAX];

	snprintf(text, COLUMN_TEXT, "%s%s", in->sock->oldest_before ? ">" : "",
		 format_age(buf, in->sock->oldest_ns));
	return ATTR_PLAIN;
}

static enum screen_attr endpoint(char *text, uint16_t family, const uint8_t *addr, uint16_t port)
{
	char buf[INET6_ADDRSTRLEN] = "?";

	inet_ntop(family, addr, buf, sizeof(buf));
	snprintf(text, COLUMN_TEXT, family == AF_INET6 ? "[%s]:%u" : "%s:%u", buf, port);
	return ATTR_PLAIN;
}

static enum screen_attr socket_local(const struct cell_input *in, char *text)
{
	return endpoint(text, in->sock->family, in->sock->local, in->sock->local_port);
}

static enum screen_attr socket_remote(const struct cell_input *in, char *text)
{
	return endpoint(text, in->sock->family, in->sock->remote, in->sock->remote_port);
}

static enum screen_attr socket_ifname(const struct cell_input *in, char *text)
{
	return cell_of_name(text, ifname_in(in->snap, in->sock->ifindex));
}

static enum screen_attr socket_queue(const struct cell_input *in, char *text)
{
	if (in->sock->queue == NO_QUEUE)
		strcpy(text, "-");
	else
		snprintf(text, COLUMN_TEXT, "%u", in->sock->queue);
	return ATTR_PLAIN;
}

static enum screen_attr socket_binding(const struct cell_input *in, char *text)
{
	return cell_of_id(text, in->sock->binding);
}

static const struct column socket_columns[] = {
	{ "PID", 7, 7, false, 0, socket_pid, "process that has the socket", NULL },
	{ "COMMAND", 12, 15, true, 0, socket_comm, "its name", NULL },
	{ "USER", 5, 5, false, 0, socket_user, "net_iovs that it holds tokens of", NULL },
	{ "TOKENS", 6, 6, false, 1, socket_tokens,
	  "tokens that it holds; several may be of the same net_iov", NULL },
	{ "OLDEST", 7, 7, false, 0, socket_oldest,
	  "age of its oldest token; >: at least, it is older than devmemtop", NULL },
	{ "SOCKET", 6, 6, false, 1, socket_queued, "net_iovs in its receive queue, not yet read",
	  NULL },
	{ "IFACE", 7, 15, true, 3, socket_ifname, "interface of its net_iovs", NULL },
	{ "Q", 3, 10, false, 3, socket_queue, "receive queue of its net_iovs", NULL },
	{ "BIND", 5, 10, false, 1, socket_binding, "id of the dma-buf binding", NULL },
	{ "REMOTE", 21, 47, true, 1, socket_remote, "the other end of the connection", NULL },
	{ "LOCAL", 21, 47, true, 2, socket_local, "this end of the connection", NULL },
};
const struct table table_sockets = { socket_columns,
				     sizeof(socket_columns) / sizeof(socket_columns[0]) };

/* ---- events ---- */

static enum screen_attr event_time(const struct cell_input *in, char *text)
{
	uint64_t wall = in->snap->wall_ns - (in->snap->time_ns - in->e->time_ns);
	time_t seconds = wall / 1000000000;
	struct tm tm;

	localtime_r(&seconds, &tm);
	snprintf(text, COLUMN_TEXT, "%02d:%02d:%02d.%03u", tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (unsigned int)(wall / 1000000 % 1000));
	return ATTR_PLAIN;
}

static enum screen_attr event_kind(const struct cell_input *in, char *text)
{
	cell_of_name(text, in->e->kind);
	return in->e->err ? ATTR_BAD : ATTR_PLAIN;
}

static enum screen_attr event_err(const struct cell_input *in, char *text)
{
	const char *known = in->e->err ? strerrorname_np(-in->e->err) : "-";

	if (known)
		strcpy(text, known);
	else
		snprintf(text, COLUMN_TEXT, "%d", in->e->err);
	return in->e->err ? ATTR_BAD : ATTR_PLAIN;
}

static enum screen_attr event_ifname(const struct cell_input *in, char *text)
{
	return cell_of_name(text, ifname_in(in->snap, in->e->ifindex));
}

static enum screen_attr event_queue(const struct cell_input *in, char *text)
{
	if (in->e->queue == NO_QUEUE)
		strcpy(text, "-");
	else
		snprintf(text, COLUMN_TEXT, "%u", in->e->queue);
	return ATTR_PLAIN;
}

static enum screen_attr event_binding(const struct cell_input *in, char *text)
{
	return cell_of_id(text, in->e->binding);
}

static enum screen_attr event_old(const struct cell_input *in, char *text)
{
	return cell_of_id(text, in->e->old_binding);
}

static enum screen_attr event_pool(const struct cell_input *in, char *text)
{
	return cell_of_id(text, in->e->pool);
}

static enum screen_attr event_out(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->e->outstanding);
}

static enum screen_attr event_pid(const struct cell_input *in, char *text)
{
	return cell_of_id(text, in->e->pid);
}

static enum screen_attr event_comm(const struct cell_input *in, char *text)
{
	return cell_of_name(text, in->e->comm);
}

static const struct column event_columns[] = {
	{ "TIME", 12, 12, true, 0, event_time, "when", NULL },
	{ "EVENT", 17, 17, true, 0, event_kind, "the trace event, without \"devmem_\"", NULL },
	{ "ERROR", 10, 15, true, 1, event_err, "errno; - is success", NULL },
	{ "IFACE", 7, 15, true, 1, event_ifname, "interface", NULL },
	{ "Q", 3, 10, false, 0, event_queue, "receive queue; - for events of a whole binding",
	  NULL },
	{ "BIND", 5, 10, false, 1, event_binding, "id of the binding", NULL },
	{ "OLD", 5, 10, false, 2, event_old, "id of the binding before", NULL },
	{ "POOL", 5, 10, false, 3, event_pool, "id of the page pool", NULL },
	{ "OUT", 5, 5, false, 3, event_out, "net_iovs outstanding at that moment", NULL },
	{ "PID", 7, 7, false, 2, event_pid, "process that caused it", NULL },
	{ "COMMAND", 12, 15, true, 1, event_comm, "its name", NULL },
};
const struct table table_events = { event_columns,
				    sizeof(event_columns) / sizeof(event_columns[0]) };
