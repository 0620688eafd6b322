// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The columns of events.
 */
#include "view/columns.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "model/ifname.h"
#include "view/cells.h"

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
	{
		.title = "TIME",
		.width = 12,
		.left = true,
		.priority = 0,
		.value = event_time,
		.help = "when",
	},
	{
		.title = "EVENT",
		.width = 17,
		.left = true,
		.priority = 0,
		.value = event_kind,
		.help = "the trace event, without \"devmem_\"",
	},
	{
		.title = "ERROR",
		.width = 10,
		.max = 15,
		.left = true,
		.priority = 1,
		.value = event_err,
		.help = "errno; - is success",
	},
	{
		.title = "IFACE",
		.width = 7,
		.max = 15,
		.left = true,
		.priority = 1,
		.value = event_ifname,
		.help = "interface",
	},
	{
		.title = "Q",
		.width = 3,
		.max = 10,
		.priority = 0,
		.value = event_queue,
		.help = "receive queue; - for events of a whole binding",
	},
	{
		.title = "BIND",
		.width = 5,
		.max = 10,
		.priority = 1,
		.value = event_binding,
		.help = "id of the binding",
	},
	{
		.title = "OLD",
		.width = 5,
		.max = 10,
		.priority = 2,
		.value = event_old,
		.help = "id of the binding before",
	},
	{
		.title = "POOL",
		.width = 5,
		.max = 10,
		.priority = 3,
		.value = event_pool,
		.help = "id of the page pool",
	},
	{
		.title = "OUT",
		.width = 5,
		.priority = 3,
		.value = event_out,
		.help = "net_iovs outstanding at that moment",
	},
	{
		.title = "PID",
		.width = 7,
		.priority = 2,
		.value = event_pid,
		.help = "process that caused it",
	},
	{
		.title = "COMMAND",
		.width = 12,
		.max = 15,
		.left = true,
		.priority = 1,
		.value = event_comm,
		.help = "its name",
	},
};
const struct table table_events = {
	.columns = event_columns,
	.num = sizeof(event_columns) / sizeof(event_columns[0]),
};
