// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which sockets have net_iovs of one binding, and which processes own these sockets. devmemtop
 * loads this only while it searches for the holders of a binding whose net_iovs do not come back.
 * devmem_sockets.bpf.c, which runs for each sample, cannot answer this: it counts by pool and by
 * socket, but not by both, and one socket may have net_iovs of an old binding and of a new one.
 */
#include "lib/sockets_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "contract/sockets.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The most sockets that a report lists. */
#define MAX_HOLDERS 1024

/* What each socket has of the binding, from index 0 on. Pool and ages are not filled in. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_HOLDERS);
	__type(key, __u32);
	__type(value, struct devmem_socket_state);
} found SEC(".maps");

/* The search that last counted a net_iov with more than one reference, by the net_iov's address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} counted SEC(".maps");

/* Sockets whose owner user space asks for, by address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct devmem_owner);
} owners SEC(".maps");

/* User space sets the first two, and the others to 0, before each search. */
__u64 wanted; /* kernel address of the binding */
__u32 search;
__u32 num_found;
__u32 overflow; /* sockets and net_iovs for which there was no room */

/* How many queues the program could not follow to their end. */
__u32 sockets_unread;

#include "lib/sockets_holders.bpf.h"
#include "lib/sockets_owners.bpf.h"
#include "lib/sockets_walk.bpf.h"

static const struct devmem_owner nobody;

/* find_owners runs after this. */
SEC("iter/tcp")
int find_holders(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct devmem_socket_state *h;
	__u64 address;
	__u32 slot;

	if (!common)
		return 0;
	tokens = 0;
	user = 0;
	queued = 0;
	read_socket(common);
	if (!tokens && !queued)
		return 0;
	slot = num_found;
	h = bpf_map_lookup_elem(&found, &slot);
	if (!h) {
		overflow++;
		return 0;
	}
	num_found++;
	__builtin_memset(h, 0, sizeof(*h));
	h->cookie = bpf_get_socket_cookie(common);
	h->address = (__u64)common;
	h->tokens = tokens;
	h->user = user;
	h->socket = queued;
	read_names(h, common);
	address = (__u64)common;
	bpf_map_update_elem(&owners, &address, &nobody, BPF_ANY);
	return 0;
}

SEC("iter/task_file")
int find_owners(struct bpf_iter__task_file *ctx)
{
	return note_owner(ctx);
}
