// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Names of interfaces, for rows that carry only their number.
 */
#include "model/ifname.h"

const char *ifname_in(const struct snapshot *snap, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < snap->queues.num; i++)
		if (queue_at(snap, i)->ifindex == ifindex)
			return queue_at(snap, i)->ifname;
	for (i = 0; i < snap->bindings.num; i++)
		if (binding_at(snap, i)->ifindex == ifindex)
			return binding_at(snap, i)->ifname;
	return "";
}
