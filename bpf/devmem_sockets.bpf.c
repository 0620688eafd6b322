// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which net_iovs are in TCP sockets: in their receive queues, or with user space as tokens.
 *
 * The kernel holds the lock of a socket while the program runs for it. So queues and tokens of one
 * socket belong to one moment. The program writes nothing into the iterator's file: otherwise the
 * kernel would run it again for the same socket whenever the file's buffer was full.
 */
#include "lib/sockets_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "contract/sockets.h"
#include "lib/sockets_types.bpf.h"
#include "lib/token_times.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Defined in devmem_trace.bpf.c. 0: no program fills token_times. */
extern const volatile __u32 time_mask;

/* The walk writes from index 0 on; user space sets the size. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct devmem_socket_state);
} socket_states SEC(".maps");

/* By page_pool id. User space removes entries of pools that are gone. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct devmem_pool_parts);
} pool_parts SEC(".maps");

/* By address: net_iovs with more than one reference, which the walk may meet more than once. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct seen);
} seen_niovs SEC(".maps");

/* The programs for token events, in devmem_trace.bpf.c, fill this. */
extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct token_time);
} token_times SEC(".maps");

/* Sockets whose owner user space asks for, by address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct devmem_owner);
} owners SEC(".maps");

/* User space sets walk_round to another number than before, and the others to 0, for each walk. */
__u32 walk_round;
__u32 max_sockets;
__u32 num_sockets;
__u32 sockets_overflow; /* sockets, pools or net_iovs for which there was no room */

/* How many queues the walk could not follow to their end. */
__u32 sockets_unread;

#include "lib/sockets_findings.bpf.h"
#include "lib/sockets_owners.bpf.h"
#include "lib/sockets_walk.bpf.h"

SEC("iter/tcp")
int read_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct devmem_socket_state *s;
	__u32 slot;

	if (!common)
		return 0;
	__builtin_memset(&c, 0, sizeof(c));
	c.now = bpf_jiffies64();
	read_socket(common);
	if (!c.tokens && !c.socket)
		return 0;
	flush_pool();
	slot = num_sockets;
	s = bpf_map_lookup_elem(&socket_states, &slot);
	if (!s || slot >= max_sockets) {
		sockets_overflow++;
		return 0;
	}
	num_sockets++;
	__builtin_memset(s, 0, sizeof(*s));
	s->cookie = bpf_get_socket_cookie(common);
	s->address = (__u64)common;
	read_names(s, common);
	s->pool = c.pool;
	s->tokens = c.tokens;
	s->user = c.user;
	s->socket = c.socket;
	s->oldest = c.oldest;
	s->untimed = c.untimed;
	s->clashed = c.clashed;
	return 0;
}

/* User space runs this now and then, after a walk. */
SEC("syscall")
int drop_old_niovs(void *ctx)
{
	bpf_for_each_map_elem(&seen_niovs, drop_old, NULL, 0);
	return 0;
}

SEC("iter/task_file")
int find_owners(struct bpf_iter__task_file *ctx)
{
	return note_owner(ctx);
}
