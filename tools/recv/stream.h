/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Receiving: one recvmsg() at a time, its control messages, the check of every byte, and the
 * tokens that have to be handed back.
 */
#ifndef DEVMEMTOP_RECV_STREAM_H
#define DEVMEMTOP_RECV_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "recv/pattern.h"
#include "recv/binding.h"
#include "recv/util.h"
#include "lib/uapi_netdev.h"

/**
 * struct receiver_config - how to receive
 * @devmem: ask for dma-buf data; otherwise it is a plain TCP receiver
 * @verify: compare every byte with the sender's pattern
 * @recv_size: bytes to ask for in one recvmsg()
 * @batch: hand tokens back when this many are waiting (1 to DEVMEM_MAX_FRAGS)
 * @hold: keep the first so many tokens until the end
 * @abandon: leave those to the kernel, which frees them with the socket
 */
struct receiver_config {
	bool devmem;
	bool verify;
	size_t recv_size;
	unsigned int batch;
	uint64_t hold;
	bool abandon;
};

/**
 * struct receiver_totals - what came in
 * @bytes: received
 * @devmem_bytes: of these, in a dma-buf
 * @linear_bytes: copied, by order of a control message
 * @host_bytes: copied without one: they came through a queue that was not bound
 * @verified: bytes that were right
 * @mismatched: bytes that were wrong
 * @tokens: tokens received
 * @returned: tokens handed back, as counted by the kernel
 * @held: tokens being kept back
 * @recvs: recvmsg() calls that returned data
 */
struct receiver_totals {
	uint64_t bytes;
	uint64_t devmem_bytes;
	uint64_t linear_bytes;
	uint64_t host_bytes;
	uint64_t verified;
	uint64_t mismatched;
	uint64_t tokens;
	uint64_t returned;
	uint64_t held;
	uint64_t recvs;
};

/**
 * struct stream - one TCP connection
 * @fd: socket, non-blocking
 * @number: 1 for the first one
 * @peer: its other end
 * @pos: bytes received so far
 * @eof: the sender is done
 * @known: @pattern has been read from the first bytes
 * @pattern: what the sender sends
 * @header: those first bytes
 * @ranges: tokens to be handed back
 * @num_ranges: entries used in @ranges
 * @num_waiting: tokens in @ranges
 */
struct stream {
	int fd;
	unsigned int number;
	struct endpoint peer;
	uint64_t pos;
	bool eof;
	bool known;
	struct pattern pattern;
	uint8_t header[PATTERN_HEADER];
	struct devmem_token ranges[DEVMEM_MAX_TOKENS];
	unsigned int num_ranges;
	unsigned int num_waiting;
};

struct receiver;

/**
 * receiver_create() - get ready to receive
 * @config: must stay valid
 * @bindings: where dma-bufs are looked up, NULL for a plain TCP receiver
 *
 * Return: NULL when memory ran out (printed).
 */
struct receiver *receiver_create(const struct receiver_config *config, struct bindings *bindings);

/**
 * receiver_read() - one recvmsg()
 * @r: receiver
 * @st: stream to read from; eof is set at its end
 * @max: read no more bytes than this, at least 1
 *
 * Return: bytes received; 0 when there is nothing to read now or @st ended; a negative errno
 * after an error, which has been printed.
 */
ssize_t receiver_read(struct receiver *r, struct stream *st, uint64_t max);

/**
 * receiver_return_tokens() - hand back the tokens which wait for a full batch
 * @r: receiver
 * @st: stream
 *
 * Return: 0 or a negative errno (printed).
 */
int receiver_return_tokens(struct receiver *r, struct stream *st);

/**
 * receiver_finish() - look at the data that was held again and hand its tokens back
 * @r: receiver; the streams must still be open
 *
 * Return: 0 or a negative errno (printed). Wrong data is counted, not an error here.
 */
int receiver_finish(struct receiver *r);

/**
 * receiver_totals() - what came in so far
 * @r: receiver
 *
 * Return: valid as long as @r is.
 */
const struct receiver_totals *receiver_totals(const struct receiver *r);

/**
 * receiver_destroy() - free it
 * @r: NULL is allowed
 */
void receiver_destroy(struct receiver *r);

#endif
