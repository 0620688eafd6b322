// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device: what happens to a frame between the wire and the completion
 *
 * A frame is parsed, steered to a queue, cut into segments of the MSS if the
 * far end sent a TSO packet, and written to the addresses in the queue's
 * descriptors. This code plays hardware: it never looks at page pools, pages
 * or net_iovs, and it knows payload buffers by their DMA addresses only.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>

#include "devmemsim.h"

/* Sequential reader of a frame's bytes */
struct dms_source {
	struct skb_seq_state	st;
	const u8		*data;
	u32			avail;
	u32			pos;
};

static void dms_source_open(struct dms_source *src, struct sk_buff *skb,
			    u32 from)
{
	skb_prepare_seq_read(skb, from, skb->len, &src->st);
	src->avail = 0;
	src->pos = 0;
}

static void dms_source_close(struct dms_source *src)
{
	skb_abort_seq_read(&src->st);
}

/* Copy the next @len bytes; the caller knows that they are there */
static void dms_source_copy(struct dms_source *src, u8 *to, u32 len)
{
	while (len) {
		u32 n;

		if (!src->avail) {
			src->avail = skb_seq_read(src->pos, &src->data,
						  &src->st);
			if (WARN_ON_ONCE(!src->avail))
				return;
		}

		n = min(len, src->avail);
		memcpy(to, src->data, n);
		src->data += n;
		src->avail -= n;
		src->pos += n;
		to += n;
		len -= n;
	}
}

static bool dms_parse_ipv4(struct dms_frame *f)
{
	const struct iphdr *iph = (void *)(dms_frame_hdr(f) + f->l3);
	u32 ihl;

	if (f->copied < f->l3 + sizeof(*iph))
		return false;

	ihl = iph->ihl * 4;
	if (iph->version != 4 || ihl < sizeof(*iph) ||
	    ntohs(iph->tot_len) < ihl)
		return false;

	f->is_ip = true;
	f->flow.src[0] = iph->saddr;
	f->flow.dst[0] = iph->daddr;
	f->l4 = f->l3 + ihl;
	f->l4_len = ntohs(iph->tot_len) - ihl;
	f->proto = ip_is_fragment(iph) ? 0 : iph->protocol;
	return true;
}

static bool dms_parse_ipv6(struct dms_frame *f)
{
	const struct ipv6hdr *ip6h = (void *)(dms_frame_hdr(f) + f->l3);

	if (f->copied < f->l3 + sizeof(*ip6h) || ip6h->version != 6)
		return false;

	f->is_ip = true;
	f->ipv6 = true;
	memcpy(f->flow.src, &ip6h->saddr, sizeof(f->flow.src));
	memcpy(f->flow.dst, &ip6h->daddr, sizeof(f->flow.dst));
	f->l4 = f->l3 + sizeof(*ip6h);
	f->l4_len = ntohs(ip6h->payload_len);
	f->proto = ip6h->nexthdr;
	return true;
}

/* Find TCP or UDP; anything else leaves f->proto 0 */
static void dms_parse_l4(struct dms_frame *f)
{
	const struct tcphdr *th = (void *)(dms_frame_hdr(f) + f->l4);
	u8 proto = f->proto;
	u32 thl;

	f->proto = 0;
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return;

	/* Both begin with the ports */
	if (f->copied < f->l4 + 8 || f->l4_len < 8)
		return;

	if (proto == IPPROTO_TCP) {
		if (f->copied < f->l4 + sizeof(*th))
			return;
		thl = th->doff * 4;
		if (thl < sizeof(*th) || thl > f->l4_len ||
		    f->copied < f->l4 + thl)
			return;
		f->payload = f->l4 + thl;
	}

	f->flow.sport = th->source;
	f->flow.dport = th->dest;
	f->proto = proto;
}

static void dms_parse(struct sk_buff *skb, struct dms_frame *f)
{
	const struct ethhdr *eth;
	__be16 type;
	int tags;

	memset(f, 0, sizeof(*f));
	f->copied = min_t(u32, skb->len, DMS_HDR_MAX);
	if (skb_copy_bits(skb, 0, dms_frame_hdr(f), f->copied)) {
		f->copied = 0;
		return;
	}

	eth = (void *)dms_frame_hdr(f);
	type = eth->h_proto;
	f->l3 = ETH_HLEN;

	for (tags = 0; tags < 2 && eth_type_vlan(type); tags++) {
		const struct vlan_hdr *vlan = (void *)(dms_frame_hdr(f) + f->l3);

		if (f->copied < f->l3 + VLAN_HLEN)
			return;
		type = vlan->h_vlan_encapsulated_proto;
		f->l3 += VLAN_HLEN;
	}

	if (type == htons(ETH_P_IP) ? dms_parse_ipv4(f) :
	    type == htons(ETH_P_IPV6) ? dms_parse_ipv6(f) : false)
		dms_parse_l4(f);
}

enum dms_sum { DMS_SUM_UNKNOWN, DMS_SUM_GOOD, DMS_SUM_BAD };

/* The wire carries no checksum that the sender left to its NIC. One that the
 * sender computed is verified for TCP, whose payload the stack may be unable
 * to read. Of all other protocols the stack can take care itself, and of what
 * has a bad checksum, too, where it can read it.
 */
static enum dms_sum dms_check_csum(struct sk_buff *skb,
				   const struct dms_frame *f)
{
	__wsum csum;

	if (!f->proto)
		return DMS_SUM_UNKNOWN;
	if (skb->ip_summed == CHECKSUM_PARTIAL ||
	    skb->ip_summed == CHECKSUM_UNNECESSARY)
		return DMS_SUM_GOOD;
	if (f->proto != IPPROTO_TCP)
		return DMS_SUM_UNKNOWN;
	if (skb->len < f->l4 + f->l4_len)
		return DMS_SUM_BAD;

	csum = skb_checksum(skb, f->l4, f->l4_len, 0);
	if (f->ipv6 ? csum_ipv6_magic((const struct in6_addr *)f->flow.src,
				      (const struct in6_addr *)f->flow.dst,
				      f->l4_len, IPPROTO_TCP, csum) :
		      csum_tcpudp_magic(f->flow.src[0], f->flow.dst[0],
					f->l4_len, IPPROTO_TCP, csum))
		return DMS_SUM_BAD;

	return DMS_SUM_GOOD;
}

/* One frame, or one segment of a TSO packet, on its way into a ring: @head_len
 * bytes at @head, then @body_len bytes from the source.
 */
struct dms_segment {
	const u8	*head;
	u32		head_len;
	u32		body_len;
	bool		tcp;
	u16		flags;
	u32		hash;
};

/*
 * Write a frame to the next descriptors, complete them, and show them to the
 * driver. Where the parts of a frame go:
 *
 *			header buffer		payload buffer
 *	split, TCP	headers			payload
 *	split, other	all, chained if long
 *	no split				all, chained if long
 *
 * False if too few descriptors are posted.
 */
static bool dms_dma_frame(struct dms_ring *ring, const struct dms_segment *seg,
			  struct dms_source *src)
{
	bool to_hdr = ring->split && !seg->tcp;
	bool split = ring->split && seg->tcp;
	u32 cap = to_hdr ? DMS_HDR_CAP : PAGE_SIZE;
	u32 inline_len = split ? 0 : seg->head_len;
	u32 left = inline_len + seg->body_len;
	u32 need = max_t(u32, DIV_ROUND_UP(left, cap), 1);
	u32 head = ring->head;
	u32 i;

	/* Pairs with the driver's release: descriptors are there up to tail */
	if (smp_load_acquire(&ring->tail) - head < need)
		return false;

	for (i = 0; i < need; i++, head++) {
		const struct dms_desc *desc = &ring->desc[head & ring->mask];
		struct dms_cmpl *cmpl = &ring->cmpl[head & ring->mask];
		u32 n = min(left, cap);
		u8 *to;

		cmpl->hdr_len = to_hdr ? n : 0;
		cmpl->data_len = to_hdr ? 0 : n;
		cmpl->flags = seg->flags;
		cmpl->hash = seg->hash;

		if (split && !i) {
			to = dms_dma_to_virt(ring->dma_dev, desc->hdr_addr);
			memcpy(to, seg->head, seg->head_len);
			cmpl->hdr_len = seg->head_len;
		}

		if (!n)
			continue;

		to = dms_dma_to_virt(ring->dma_dev,
				     to_hdr ? desc->hdr_addr : desc->data_addr);
		left -= n;
		if (inline_len) {
			memcpy(to, seg->head, inline_len);
			to += inline_len;
			n -= inline_len;
			inline_len = 0;
		}
		dms_source_copy(src, to, n);
	}

	ring->cmpl[(head - 1) & ring->mask].flags |= DMS_CMPL_EOP;

	/* The driver sees whole frames only, written before their completions */
	smp_store_release(&ring->head, head);
	return true;
}

/* Make the headers of one segment out of those of a TSO packet */
static void dms_tso_headers(struct dms_frame *f, const u8 *tmpl, u32 nr,
			    u32 off, u32 len, bool last)
{
	u32 l3_len = f->payload - f->l3 + len;
	u8 *hdr = dms_frame_hdr(f);
	struct tcphdr *th = (void *)(hdr + f->l4);

	memcpy(hdr, tmpl, f->payload);

	if (f->ipv6) {
		struct ipv6hdr *ip6h = (void *)(hdr + f->l3);

		ip6h->payload_len = htons(l3_len - sizeof(*ip6h));
	} else {
		struct iphdr *iph = (void *)(hdr + f->l3);

		iph->tot_len = htons(l3_len);
		iph->id = htons(ntohs(iph->id) + nr);
		iph->check = 0;
		iph->check = ip_fast_csum(iph, iph->ihl);
	}

	th->seq = htonl(ntohl(th->seq) + off);
	if (nr)
		th->cwr = 0;
	if (!last) {
		th->fin = 0;
		th->psh = 0;
	}
}

static bool dms_rx_tso(struct dms_rxq *q, struct sk_buff *skb,
		       struct dms_frame *f, struct dms_segment *seg)
{
	u32 mss = skb_shinfo(skb)->gso_size;
	u32 total = skb->len - f->payload;
	struct dms_source src;
	u8 tmpl[DMS_HDR_MAX];
	u32 off, nr = 0;

	memcpy(tmpl, dms_frame_hdr(f), f->payload);
	seg->head = dms_frame_hdr(f);
	seg->head_len = f->payload;

	dms_source_open(&src, skb, f->payload);
	for (off = 0; off < total; off += seg->body_len) {
		seg->body_len = min(mss, total - off);
		dms_tso_headers(f, tmpl, nr, off, seg->body_len,
				off + seg->body_len == total);
		if (!dms_dma_frame(q->dev_ring, seg, &src))
			break;
		nr++;
	}
	dms_source_close(&src);

	dms_dev_add(q, DMS_DMA_FRAMES, nr);
	dms_dev_add(q, DMS_DMA_BYTES, nr * f->payload + min(off, total));
	/* A ring that has no room for one segment loses those behind it too */
	if (off < total)
		dms_dev_add(q, DMS_NO_BUFFER, DIV_ROUND_UP(total - off, mss));
	return nr;
}

static bool dms_rx_plain(struct dms_rxq *q, struct sk_buff *skb,
			 struct dms_frame *f, struct dms_segment *seg)
{
	u32 len = skb->len;
	struct dms_source src;
	bool ok;

	if (seg->tcp) {
		/* Padding of a short frame is no payload */
		len = min_t(u32, len, f->l4 + f->l4_len);
		seg->head = dms_frame_hdr(f);
		seg->head_len = f->payload;
	}
	seg->body_len = len - seg->head_len;

	dms_source_open(&src, skb, seg->head_len);
	ok = dms_dma_frame(q->dev_ring, seg, &src);
	dms_source_close(&src);

	if (!ok) {
		dms_dev_add(q, DMS_NO_BUFFER, 1);
		return false;
	}
	dms_dev_add(q, DMS_DMA_FRAMES, 1);
	dms_dev_add(q, DMS_DMA_BYTES, len);
	return true;
}

/* Longest frame that the wire will carry from this packet */
static u32 dms_frame_len(const struct sk_buff *skb, const struct dms_frame *f)
{
	if (!skb_is_gso(skb))
		return skb->len;

	return min_t(u32, skb->len, f->payload + skb_shinfo(skb)->gso_size);
}

static bool dms_rxq_rx(struct dms_rxq *q, struct sk_buff *skb,
		       struct dms_frame *f)
{
	u32 max_len = READ_ONCE(q->nic->dev->mtu) + f->l3;
	struct dms_segment seg = {
		.tcp	= f->proto == IPPROTO_TCP,
		.flags	= f->hash_flag,
		.hash	= f->hash,
	};
	bool bad = false;
	bool wrote;

	lockdep_assert_held(&q->lock);

	if (!q->dev_ring) {
		dms_dev_add(q, DMS_NO_QUEUE, 1);
		return false;
	}

	if (dms_frame_len(skb, f) > max_len ||
	    (skb_is_gso(skb) && !seg.tcp)) {
		dms_dev_add(q, DMS_LENGTH_ERR, 1);
		return false;
	}

	switch (dms_check_csum(skb, f)) {
	case DMS_SUM_BAD:
		bad = true;
		break;
	case DMS_SUM_GOOD:
		seg.flags |= DMS_CMPL_CSUM;
		break;
	case DMS_SUM_UNKNOWN:
		break;
	}

	if (bad && q->dev_ring->drop_bad) {
		dms_dev_add(q, DMS_CSUM_ERR, 1);
		return false;
	}

	if (skb_is_gso(skb))
		wrote = dms_rx_tso(q, skb, f, &seg);
	else
		wrote = dms_rx_plain(q, skb, f, &seg);

	if (wrote && bad)
		dms_dev_add(q, DMS_CSUM_BAD, 1);
	if (wrote)
		dms_irq_raise(q);
	return wrote;
}

/**
 * dms_wire_rx() - a frame arrives at the NIC
 * @nic:	the NIC
 * @skb:	frame, from its Ethernet header on, possibly a TSO packet; only read
 *
 * The queue's lock is held while its buffers are written: a queue that has
 * been taken away from the device under that lock is never written again.
 *
 * Context: softirq or bottom halves off, under RCU.
 *
 * Return: true if something of it has been written to a queue's buffers.
 */
bool dms_wire_rx(struct dms_nic *nic, struct sk_buff *skb)
{
	struct dms_frame frame;
	struct dms_rxq *q;
	bool ret;

	dms_parse(skb, &frame);
	if (unlikely(!frame.copied))
		return false;

	q = &nic->rxq[dms_steer_frame(rcu_dereference_bh(nic->steer), &frame)];

	spin_lock(&q->lock);
	ret = dms_rxq_rx(q, skb, &frame);
	spin_unlock(&q->lock);

	return ret;
}
