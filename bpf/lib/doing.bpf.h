/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The operation that a task is in the middle of, where programs see only the beginning and the end
 * of functions.
 *
 * The file that includes this defines the map doings and doings_full.
 */
#ifndef DEVMEM_BPF_DOING_H
#define DEVMEM_BPF_DOING_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lib/trace_types.bpf.h"

static const struct doing nothing;

static __noinline struct doing *doing_now(void)
{
	__u64 me = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&doings, &me);
}

static __noinline struct doing *begin_doing(void)
{
	__u64 me = bpf_get_current_pid_tgid();
	struct doing *d = bpf_map_lookup_elem(&doings, &me);

	if (d)
		return d;
	if (bpf_map_update_elem(&doings, &me, &nothing, BPF_NOEXIST))
		__sync_fetch_and_add(&doings_full, 1);
	return bpf_map_lookup_elem(&doings, &me);
}

static __noinline int end_doing(struct doing *d)
{
	__u64 me = bpf_get_current_pid_tgid();

	if (d && !d->depth && !d->unbinding && !d->bind_dev && !d->binding_dev)
		bpf_map_delete_elem(&doings, &me);
	return 0;
}

#endif
