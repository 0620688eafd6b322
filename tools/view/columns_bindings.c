// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The columns of bindings.
 */
#include "view/columns.h"

#include <string.h>

#include "lib/format.h"
#include "view/bar.h"
#include "view/cells.h"

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
	{
		.title = "IFACE",
		.width = 7,
		.max = 15,
		.left = true,
		.priority = 0,
		.value = binding_ifname,
		.help = "interface",
	},
	{
		.title = "BIND",
		.width = 5,
		.max = 10,
		.priority = 0,
		.value = binding_id,
		.help = "id of the dma-buf binding",
	},
	{
		.title = "STATE",
		.width = 7,
		.left = true,
		.priority = 0,
		.value = binding_state,
		.help = "bound; empty: no net_iov left in it and its pools; unbound: given up, but buffers of it are "
			"still out",
	},
	{
		.title = "QS",
		.width = 3,
		.max = 5,
		.priority = 3,
		.value = binding_queues,
		.help = "queues bound to it now",
	},
	{
		.title = "DMABUF",
		.width = 6,
		.priority = 1,
		.value = binding_size,
		.help = "size of the dma-buf",
	},
	{
		.title = "NIOVS",
		.width = 5,
		.priority = 3,
		.value = binding_niovs,
		.help = "its net_iovs: FREE and OUT together",
	},
	{
		.title = "WHERE",
		.width = 20,
		.left = true,
		.priority = 1,
		.draw = binding_where,
		.help = "where its net_iovs are: U with user space, S in sockets, p posted to the NIC, r in rings, "
			"c in caches, . free",
	},
	{
		.title = "FREE",
		.width = 5,
		.priority = 0,
		.value = binding_free,
		.help = "net_iovs left in it",
	},
	{
		.title = "OUT",
		.width = 5,
		.priority = 2,
		.value = binding_out,
		.help = "net_iovs that pools took out of it; the sum of those below",
	},
	{
		.title = "CACHE",
		.width = 5,
		.priority = 4,
		.value = binding_cache,
		.help = "in pools' caches",
	},
	{
		.title = "RING",
		.width = 5,
		.priority = 4,
		.value = binding_ring,
		.help = "in pools' rings",
	},
	{
		.title = "POSTED",
		.width = 6,
		.priority = 2,
		.value = binding_posted,
		.help = "the rest of OUT: with the NIC, or on the way through the stack",
	},
	{
		.title = "SOCKET",
		.width = 6,
		.priority = 2,
		.value = binding_socket,
		.help = "in receive queues of sockets",
	},
	{
		.title = "USER",
		.width = 5,
		.priority = 0,
		.value = binding_user,
		.help = "with user space, which holds tokens of them",
	},
	{
		.title = "AGE",
		.width = 6,
		.priority = 5,
		.value = binding_age,
		.help = "since it was bound; -: before devmemtop started",
	},
	{
		.title = "PID",
		.width = 7,
		.priority = 5,
		.value = binding_pid,
		.help = "process that bound it",
	},
	{
		.title = "COMMAND",
		.width = 12,
		.max = 15,
		.left = true,
		.priority = 1,
		.value = binding_comm,
		.help = "its name",
	},
};
const struct table table_bindings = {
	.columns = binding_columns,
	.num = sizeof(binding_columns) / sizeof(binding_columns[0]),
};
