/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a net_iov says about itself. 6.17 gave it a struct netmem_desc, which has the same words at
 * the same places as the net_iov's own members; 7.1 has removed those members.
 */
#ifndef DEVMEM_BPF_NIOV_H
#define DEVMEM_BPF_NIOV_H

#include "lib/kernel.bpf.h"

#include <bpf/bpf_core_read.h>

/* The pool that the net_iov comes from; NULL: it is in its binding. */
static __always_inline struct page_pool *niov_pool(const struct net_iov *niov)
{
	const struct net_iov___desc *later = (const void *)niov;

	if (bpf_core_field_exists(later->desc.pp))
		return BPF_CORE_READ(later, desc.pp);
	return BPF_CORE_READ(niov, pp);
}

/* The number of references to the net_iov. */
static __always_inline long niov_refs(const struct net_iov *niov)
{
	const struct net_iov___desc *later = (const void *)niov;

	if (bpf_core_field_exists(later->desc.pp_ref_count))
		return BPF_CORE_READ(later, desc.pp_ref_count.counter);
	return BPF_CORE_READ(niov, pp_ref_count.counter);
}

#endif
