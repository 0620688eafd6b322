/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which NAPI does this CPU poll?
 */
#ifndef DEVMEM_RACES_POLLS_H
#define DEVMEM_RACES_POLLS_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define MAX_CPUS 1024

struct poll_now {
	__u64 stamp; /* unique number of this poll; 0: no poll is under way */
	__u64 napi;  /* address of its napi_struct */
	__u64 count;
	/* the last packet of this poll that had no race */
	__u64 pool;
	__u32 hash;
	__u32 moved; /* value of windows_moved at that time */
} __attribute__((aligned(64)));

/*
 * An array by CPU, and not a per-CPU variable, because other CPUs look here, too. Not a map,
 * because an index costs less than a lookup.
 */
static struct poll_now polls[MAX_CPUS];

static __always_inline struct poll_now *poll_on(__u32 cpu)
{
	return cpu < MAX_CPUS ? &polls[cpu] : NULL;
}

static __always_inline struct poll_now *poll_here(void)
{
	return poll_on(bpf_get_smp_processor_id());
}

static __always_inline __u32 stamp_cpu(__u64 stamp)
{
	return stamp & (MAX_CPUS - 1);
}

static __always_inline void poll_begins(const struct napi_struct *napi)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct poll_now *p = poll_on(cpu);

	if (p) {
		p->count += MAX_CPUS;
		p->stamp = p->count | cpu;
		p->napi = (__u64)napi;
		p->pool = 0;
	}
}

static __always_inline void poll_ends(void)
{
	struct poll_now *p = poll_here();

	if (p) {
		p->stamp = 0;
		p->napi = 0;
	}
}

static __always_inline __u32 napi_id(__u64 napi)
{
	return napi ? BPF_CORE_READ((struct napi_struct *)napi, napi_id) : 0;
}

static __always_inline __u32 napi_here(void)
{
	struct poll_now *p = poll_here();

	return p ? napi_id(p->napi) : 0;
}

/* x86 up to 6.14 has it; on other kernels only NAPI counts as softirq. */
extern const struct pcpu_hot___race pcpu_hot __ksym __weak;

#define SOFTIRQ_SERVING 0x100

static __always_inline bool in_softirq(void)
{
	const struct pcpu_hot___race *hot;

	if (!&pcpu_hot)
		return false;
	hot = bpf_this_cpu_ptr(&pcpu_hot);
	return hot->preempt_count & SOFTIRQ_SERVING;
}

#endif
