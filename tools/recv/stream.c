// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * recvmsg(MSG_SOCK_DEVMEM).
 *
 * What one call returns is all of one kind:
 * - data in dma-bufs: a control message SCM_DEVMEM_DMABUF for each piece (where it is, and the
 *   token to hand back), SCM_DEVMEM_LINEAR for pieces which had to be copied to the buffer;
 *   together they are the stream, in order;
 * - data in host memory, because it came through a queue without binding: copied to the buffer,
 *   without control message, as recvmsg() always does.
 * A stream may change from one kind to the other at any time, as a queue is bound or unbound.
 */
#include "recv/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Room for control messages. A full one is no loss: the kernel gives the rest the next time. */
#define MAX_CMSGS    1024
#define CONTROL_SIZE (MAX_CMSGS * CMSG_SPACE(sizeof(struct devmem_cmsg)))

/* Wrong places to describe; then they are only counted. */
#define MAX_REPORTS 5

/* A piece whose token is kept back. */
struct held {
	struct stream *st;
	const struct dmabuf *dmabuf;
	uint64_t pos;
	struct devmem_cmsg cmsg;
};

struct receiver {
	const struct receiver_config *config;
	struct bindings *bindings;
	struct receiver_totals totals;
	unsigned int reports;
	struct held *held;
	size_t held_room;
	/* The dma-buf on which dmabuf_begin_read() was called, and its binding. */
	const struct dmabuf *open;
	uint32_t open_id;
	uint8_t *data;
	uint8_t *control;
};

struct receiver *receiver_create(const struct receiver_config *config, struct bindings *bindings)
{
	struct receiver *r = calloc(1, sizeof(*r));

	if (!r)
		goto err;
	r->config = config;
	r->bindings = bindings;
	r->data = malloc(config->recv_size);
	r->control = malloc(CONTROL_SIZE);
	if (!r->data || !r->control)
		goto err;
	return r;
err:
	complain("%s", strerror(ENOMEM));
	receiver_destroy(r);
	return NULL;
}

void receiver_destroy(struct receiver *r)
{
	if (!r)
		return;
	free(r->held);
	free(r->control);
	free(r->data);
	free(r);
}

const struct receiver_totals *receiver_totals(const struct receiver *r)
{
	return &r->totals;
}

/* ---- the check ---- */

/* @cmsg: where the piece is, NULL for a copied one. */
static void report_wrong(struct receiver *r, const struct stream *st, uint64_t pos,
			 const uint8_t *piece, size_t len, size_t right,
			 const struct devmem_cmsg *cmsg)
{
	char where[80] = "copied", origin[120] = "not from this stream";
	uint64_t belongs;

	if (r->reports++ >= MAX_REPORTS)
		return;
	if (cmsg)
		snprintf(where, sizeof(where), "binding %u offset %llu", cmsg->dmabuf_id,
			 (unsigned long long)(cmsg->frag_offset + right));
	belongs = pattern_find(&st->pattern, piece + right, len - right);
	if (belongs != PATTERN_NOWHERE)
		snprintf(origin, sizeof(origin), "the data of byte %llu (%llu %s)",
			 (unsigned long long)belongs,
			 (unsigned long long)(belongs > pos + right ? belongs - pos - right
								    : pos + right - belongs),
			 belongs > pos + right ? "later" : "earlier");
	complain("stream %u: wrong from byte %llu of the stream on, in a piece of %zu bytes, %s: "
		 "found %02x, %s",
		 st->number, (unsigned long long)(pos + right), len, where, piece[right], origin);
	if (r->reports == MAX_REPORTS)
		complain("more wrong pieces will only be counted");
}

/* The first bytes tell which stream it is. Return: how many of @len belong to them. */
static int take_header(struct receiver *r, struct stream *st, const uint8_t *piece, size_t len)
{
	size_t take = PATTERN_HEADER - st->pos;

	if (take > len)
		take = len;
	memcpy(st->header + st->pos, piece, take);
	st->pos += take;
	if (st->pos < PATTERN_HEADER)
		return take;
	if (!pattern_read_header(&st->pattern, st->header)) {
		complain("%s does not send the pattern of devmem-send: use --no-verify",
			 st->peer.text);
		return -EPROTO;
	}
	st->known = true;
	r->totals.verified += PATTERN_HEADER;
	return take;
}

static void compare(struct receiver *r, struct stream *st, uint64_t pos, const uint8_t *piece,
		    size_t len, const struct devmem_cmsg *cmsg)
{
	size_t right = pattern_check(&st->pattern, pos, piece, len);
	size_t wrong;

	if (right == len) {
		r->totals.verified += len;
		return;
	}
	wrong = pattern_count_wrong(&st->pattern, pos, piece, len);
	r->totals.mismatched += wrong;
	r->totals.verified += len - wrong;
	report_wrong(r, st, pos, piece, len, right, cmsg);
}

/* The next piece of the stream. */
static int take_piece(struct receiver *r, struct stream *st, const uint8_t *piece, size_t len,
		      const struct devmem_cmsg *cmsg)
{
	if (!r->config->verify) {
		st->pos += len;
		return 0;
	}
	if (!st->known) {
		int took = take_header(r, st, piece, len);

		if (took < 0)
			return took;
		piece += took;
		len -= took;
	}
	compare(r, st, st->pos, piece, len, cmsg);
	st->pos += len;
	return 0;
}

/* ---- dma-bufs ---- */

static int close_dmabuf(struct receiver *r)
{
	int ret = 0;

	if (r->open)
		ret = dmabuf_end_read(r->open);
	r->open = NULL;
	if (ret)
		complain("ending CPU access to a dma-buf: %s", strerror(-ret));
	return ret;
}

/* Begin to read a dma-buf; a call usually returns pieces of one only. */
static int open_dmabuf(struct receiver *r, uint32_t id)
{
	const struct dmabuf *dmabuf;
	int ret;

	if (r->open && r->open_id == id)
		return 0;
	ret = close_dmabuf(r);
	if (ret)
		return ret;
	dmabuf = bindings_find(r->bindings, id);
	if (!dmabuf) {
		complain("data arrived through binding %u, which is none of ours", id);
		return -ENODEV;
	}
	ret = dmabuf_begin_read(dmabuf);
	if (ret) {
		complain("beginning CPU access to a dma-buf: %s", strerror(-ret));
		return ret;
	}
	r->open = dmabuf;
	r->open_id = id;
	return 0;
}

/* ---- tokens ---- */

int receiver_return_tokens(struct receiver *r, struct stream *st)
{
	unsigned int asked = st->num_waiting;
	int ret;

	if (!asked)
		return 0;
	/* The result is the number of buffers that were given back, not just success. */
	ret = setsockopt(st->fd, SOL_SOCKET, SO_DEVMEM_DONTNEED, st->ranges,
			 st->num_ranges * sizeof(st->ranges[0]));
	st->num_ranges = 0;
	st->num_waiting = 0;
	if (ret < 0) {
		ret = -errno;
		complain("stream %u: handing %u tokens back: %s", st->number, asked,
			 strerror(-ret));
		return ret;
	}
	r->totals.returned += ret;
	if ((unsigned int)ret != asked) {
		complain("stream %u: handed %u tokens back, but the kernel took %d", st->number,
			 asked, ret);
		return -EIO;
	}
	return 0;
}

static int put_token(struct receiver *r, struct stream *st, uint32_t token)
{
	struct devmem_token *last = st->num_ranges ? &st->ranges[st->num_ranges - 1] : NULL;
	int ret;

	if (last && last->token_start + last->token_count == token) {
		last->token_count++;
	} else {
		if (st->num_ranges == DEVMEM_MAX_TOKENS) {
			ret = receiver_return_tokens(r, st);
			if (ret)
				return ret;
		}
		st->ranges[st->num_ranges++] = (struct devmem_token){
			.token_start = token,
			.token_count = 1,
		};
	}
	if (++st->num_waiting >= r->config->batch)
		return receiver_return_tokens(r, st);
	return 0;
}

static int hold_token(struct receiver *r, struct stream *st, const struct devmem_cmsg *cmsg,
		      uint64_t pos)
{
	if (r->totals.held == r->held_room) {
		size_t room = r->held_room ? 2 * r->held_room : 64;
		struct held *held = realloc(r->held, room * sizeof(*held));

		if (!held) {
			complain("%s", strerror(ENOMEM));
			return -ENOMEM;
		}
		r->held = held;
		r->held_room = room;
	}
	r->held[r->totals.held++] = (struct held){
		.st = st,
		.dmabuf = r->open,
		.pos = pos,
		.cmsg = *cmsg,
	};
	return 0;
}

int receiver_finish(struct receiver *r)
{
	int ret = 0, err;
	uint64_t i;

	for (i = 0; i < r->totals.held && !ret; i++) {
		struct held *h = &r->held[i];

		/* Nobody may have written to it meanwhile. It was counted when it came. */
		ret = open_dmabuf(r, h->cmsg.dmabuf_id);
		if (!ret && r->config->verify && h->st->known) {
			const uint8_t *piece = h->dmabuf->data + h->cmsg.frag_offset;
			uint64_t verified = r->totals.verified;

			compare(r, h->st, h->pos, piece, h->cmsg.frag_size, &h->cmsg);
			r->totals.verified = verified;
		}
		if (!ret && !r->config->abandon)
			ret = put_token(r, h->st, h->cmsg.frag_token);
	}
	err = close_dmabuf(r);
	if (!ret)
		ret = err;
	/* Batches are per stream. */
	for (i = 0; i < r->totals.held && !ret; i++)
		ret = receiver_return_tokens(r, r->held[i].st);
	return ret;
}

/* ---- recvmsg ---- */

static int take_dmabuf(struct receiver *r, struct stream *st, const struct devmem_cmsg *cmsg)
{
	uint64_t pos = st->pos;
	int ret;

	r->totals.tokens++;
	ret = open_dmabuf(r, cmsg->dmabuf_id);
	if (ret)
		return ret;
	if (cmsg->frag_offset > r->open->size ||
	    cmsg->frag_size > r->open->size - cmsg->frag_offset) {
		complain("binding %u: a piece at offset %llu of %u bytes is outside the dma-buf",
			 cmsg->dmabuf_id, (unsigned long long)cmsg->frag_offset, cmsg->frag_size);
		return -ERANGE;
	}
	ret = take_piece(r, st, r->open->data + cmsg->frag_offset, cmsg->frag_size, cmsg);
	if (ret)
		return ret;
	r->totals.devmem_bytes += cmsg->frag_size;
	if (r->totals.held < r->config->hold)
		return hold_token(r, st, cmsg, pos);
	return put_token(r, st, cmsg->frag_token);
}

static int take_linear(struct receiver *r, struct stream *st, const struct devmem_cmsg *cmsg,
		       size_t used, size_t len)
{
	if (cmsg->frag_size > len - used) {
		complain("stream %u: the kernel says it copied %zu bytes, but returned %zu",
			 st->number, used + cmsg->frag_size, len);
		return -EPROTO;
	}
	r->totals.linear_bytes += cmsg->frag_size;
	return take_piece(r, st, r->data + used, cmsg->frag_size, NULL);
}

/* Walk the control messages of a call that returned @len bytes. */
static int take_message(struct receiver *r, struct stream *st, struct msghdr *msg, size_t len)
{
	size_t used = 0, named = 0; /* bytes of r->data, bytes named by control messages */
	struct cmsghdr *c;
	int ret;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct devmem_cmsg cmsg;

		if (c->cmsg_level != SOL_SOCKET ||
		    (c->cmsg_type != SCM_DEVMEM_LINEAR && c->cmsg_type != SCM_DEVMEM_DMABUF))
			continue;
		memcpy(&cmsg, CMSG_DATA(c), sizeof(cmsg));
		if (c->cmsg_type == SCM_DEVMEM_DMABUF) {
			ret = take_dmabuf(r, st, &cmsg);
		} else {
			ret = take_linear(r, st, &cmsg, used, len);
			used += cmsg.frag_size;
		}
		if (ret)
			return ret;
		named += cmsg.frag_size;
	}
	if (!named) {
		r->totals.host_bytes += len;
		ret = take_piece(r, st, r->data, len, NULL);
		/* The queue was unbound: its binding waits for the tokens of an unfilled batch. */
		return ret ? ret : receiver_return_tokens(r, st);
	}
	if (named != len) {
		complain("stream %u: recvmsg() returned %zu bytes, but control messages for %zu",
			 st->number, len, named);
		return -EPROTO;
	}
	return 0;
}

static int complain_recv(const struct receiver *r, const struct stream *st, int err)
{
	const char *why = strerror(err);

	if (err == EFAULT && !r->config->devmem)
		why = "the data is in a dma-buf (EFAULT): its queue is bound; receive without "
		      "--no-devmem or steer the flow to another queue";
	else if (err == EFAULT)
		why = "the kernel cannot describe the data (EFAULT): a packet with parts neither "
		      "in host memory nor in a dma-buf alone";
	else if (err == ENODEV)
		why = "a packet marked as dma-buf data has parts in host memory (ENODEV): a driver "
		      "mixed the two";
	else if (err == ECONNRESET)
		why = "the sender reset the connection";
	complain("stream %u from %s, after %llu bytes: %s", st->number, st->peer.text,
		 (unsigned long long)st->pos, why);
	return -err;
}

ssize_t receiver_read(struct receiver *r, struct stream *st, uint64_t max)
{
	struct iovec iov = {
		.iov_base = r->data,
		.iov_len = max < r->config->recv_size ? max : r->config->recv_size,
	};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = r->control,
		.msg_controllen = CONTROL_SIZE,
	};
	int flags = MSG_DONTWAIT | (r->config->devmem ? MSG_SOCK_DEVMEM : 0);
	ssize_t len;
	int ret, err;

	len = recvmsg(st->fd, &msg, flags);
	if (len < 0) {
		if (errno == EINTR)
			return 0;
		if (errno != EAGAIN)
			return complain_recv(r, st, errno);
		/* Nothing to do: good time to hand tokens back, nobody knows when data comes. */
		return receiver_return_tokens(r, st);
	}
	if (!len) {
		st->eof = true;
		/* Tell the sender that all was read; the socket has to live as long as its tokens. */
		shutdown(st->fd, SHUT_WR);
		return receiver_return_tokens(r, st);
	}
	r->totals.recvs++;
	r->totals.bytes += len;
	if (msg.msg_flags & MSG_CTRUNC) {
		complain("stream %u: control messages were cut off, tokens are lost", st->number);
		close_dmabuf(r);
		return -EMSGSIZE;
	}
	ret = take_message(r, st, &msg, len);
	err = close_dmabuf(r);
	return ret ? ret : err ? err : len;
}
