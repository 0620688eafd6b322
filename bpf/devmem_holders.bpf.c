// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which sockets have net_iovs of one binding, and whose they are. Only for a binding whose net_iovs
 * do not come back: loaded for that moment. devmem_sockets.bpf.c, which runs for each picture, counts
 * by pool and by socket, not by both; a socket may well hold some of an old binding and of a new one.
 */
#include "sockets_walk.h"

#include <linux/bpf.h>
#include <bpf/bpf_tracing.h>

#include "devmem_holders.h"
#include "niov.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Written from index 0 on. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DEVMEM_HOLDERS);
	__type(key, __u32);
	__type(value, struct devmem_holder);
} found SEC(".maps");

/* Where in it a socket is, by address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DEVMEM_HOLDERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} places SEC(".maps");

/* In which search a net_iov with more than one reference was counted; by address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} counted SEC(".maps");

/* User space sets the first two, and the others to 0, before each search. */
__u64 wanted; /* kernel address of the binding */
__u32 search;
__u32 num_found;
__u32 overflow; /* sockets and net_iovs for which there was no room */

static __u32 tokens, user, queued; /* of one socket */

/* It is told of once, even if the next packet or another socket has a part of it, too. */
static bool is_new(const struct net_iov *niov)
{
	__u64 key = (__u64)niov;
	__u32 *seen, now = search;

	if (niov_refs(niov) == 1)
		return true;
	seen = bpf_map_lookup_elem(&counted, &key);
	if (seen && *seen == now)
		return false;
	if (bpf_map_update_elem(&counted, &key, &now, BPF_ANY))
		overflow++;
	return true;
}

static void take(unsigned long netmem, __u32 place)
{
	const struct net_iov *niov = (const void *)(netmem & ~1UL);
	const struct page_pool *pool;

	if (!(netmem & 1))
		return;
	pool = niov_pool(niov);
	if (!pool || (__u64)BPF_CORE_READ(pool, mp_priv) != wanted)
		return;
	if (place == WITH_USER)
		tokens++;
	if (!is_new(niov))
		return;
	if (place == WITH_USER)
		user++;
	else
		queued++;
}

SEC("iter/tcp")
int find_holders(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct devmem_holder *h;
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
	h->socket.cookie = bpf_get_socket_cookie(common);
	h->socket.address = (__u64)common;
	h->socket.tokens = tokens;
	h->socket.user = user;
	h->socket.socket = queued;
	read_names(&h->socket, common);
	address = (__u64)common;
	bpf_map_update_elem(&places, &address, &slot, BPF_ANY);
	return 0;
}

/* To be run after find_holders. Of the tasks that have a socket open the first one will do. */
SEC("iter/task_file")
int name_holders(struct bpf_iter__task_file *ctx)
{
	struct task_struct___owner *task = (void *)ctx->task;
	struct file *file = ctx->file;
	struct devmem_holder *h;
	struct socket *sock;
	__u32 *slot, i;
	__u64 key;

	if (!task || !file)
		return 0;
	sock = bpf_sock_from_file(file);
	if (!sock)
		return 0;
	key = (__u64)BPF_CORE_READ(sock, sk);
	slot = bpf_map_lookup_elem(&places, &key);
	if (!slot)
		return 0;
	i = *slot;
	h = bpf_map_lookup_elem(&found, &i);
	if (!h || h->owner.tgid || h->socket.address != key)
		return 0;
	h->owner.tgid = BPF_CORE_READ(task, tgid);
	BPF_CORE_READ_STR_INTO(&h->owner.comm, task, comm);
	return 0;
}
