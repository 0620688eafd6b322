// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The columns of sockets.
 */
#include "view/columns.h"

#include <stdio.h>
#include <string.h>

#include "lib/format.h"
#include "model/ifname.h"
#include "view/cells.h"

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
	char buf[FORMAT_ENDPOINT_MAX];

	snprintf(text, COLUMN_TEXT, "%s", format_endpoint(buf, family, addr, port));
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
	{
		.title = "PID",
		.width = 7,
		.priority = 0,
		.value = socket_pid,
		.help = "process that has the socket",
	},
	{
		.title = "COMMAND",
		.width = 12,
		.max = 15,
		.left = true,
		.priority = 0,
		.value = socket_comm,
		.help = "its name",
	},
	{
		.title = "USER",
		.width = 5,
		.priority = 0,
		.value = socket_user,
		.help = "net_iovs that it holds tokens of",
	},
	{
		.title = "TOKENS",
		.width = 6,
		.priority = 1,
		.value = socket_tokens,
		.help = "tokens that it holds; several may be of the same net_iov",
	},
	{
		.title = "OLDEST",
		.width = 7,
		.priority = 0,
		.value = socket_oldest,
		.help = "age of its oldest token; >: at least, it is older than devmemtop",
	},
	{
		.title = "SOCKET",
		.width = 6,
		.priority = 1,
		.value = socket_queued,
		.help = "net_iovs in its receive queue, not yet read",
	},
	{
		.title = "IFACE",
		.width = 7,
		.max = 15,
		.left = true,
		.priority = 3,
		.value = socket_ifname,
		.help = "interface of its net_iovs",
	},
	{
		.title = "Q",
		.width = 3,
		.max = 10,
		.priority = 3,
		.value = socket_queue,
		.help = "receive queue of its net_iovs",
	},
	{
		.title = "BIND",
		.width = 5,
		.max = 10,
		.priority = 1,
		.value = socket_binding,
		.help = "id of the dma-buf binding",
	},
	{
		.title = "REMOTE",
		.width = 21,
		.max = 47,
		.left = true,
		.priority = 1,
		.value = socket_remote,
		.help = "the other end of the connection",
	},
	{
		.title = "LOCAL",
		.width = 21,
		.max = 47,
		.left = true,
		.priority = 2,
		.value = socket_local,
		.help = "this end of the connection",
	},
};
const struct table table_sockets = {
	.columns = socket_columns,
	.num = sizeof(socket_columns) / sizeof(socket_columns[0]),
};
