/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's types that the reader of sockets needs in addition to those of kernel.bpf.h.
 */
#ifndef DEVMEM_BPF_SOCKETS_KERNEL_H
#define DEVMEM_BPF_SOCKETS_KERNEL_H

#include "lib/kernel.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct skb_frag {
	unsigned long netmem;
	unsigned int len;
};

struct skb_shared_info {
	__u8 nr_frags;
	struct sk_buff *frag_list;
	struct skb_frag frags[1];
};

struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct sk_buff {
	struct sk_buff *next;
	struct rb_node rbnode;
	unsigned int len, data_len;
	unsigned int end;
	unsigned char *head;
};

/* 6.12: the packet has net_iovs */
struct sk_buff___unreadable {
	__u8 unreadable : 1;
};

struct sk_buff_head {
	struct sk_buff *next;
};

struct xarray {
	void *xa_head;
};

struct xa_node {
	unsigned char offset;
	struct xa_node *parent;
	void *slots[64];
};

struct in6_addr {
	__u8 addr[16];
};

struct sock_common {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	struct sk_buff_head sk_receive_queue;
	struct {
		struct sk_buff *head;
	} sk_backlog;
	/* 6.12: tokens of devmem TCP */
	struct xarray sk_user_frags;
};

struct tcp_sock {
	struct rb_root out_of_order_queue;
};

struct socket {
	struct sock *sk;
};

struct file;
struct seq_file;

struct task_struct___owner {
	int tgid;
	char comm[16];
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

#endif
