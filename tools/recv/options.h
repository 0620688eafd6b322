/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The command line of devmem-recv.
 */
#ifndef DEVMEMTOP_RECV_OPTIONS_H
#define DEVMEMTOP_RECV_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "recv/binding.h"
#include "recv/stream.h"
#include "recv/util.h"

#define MAX_QUEUES 64

/**
 * struct recv_options - what the user asked for
 * @listen: where to listen
 * @queues: storage of @bindings.queues
 * @bindings: what to bind; unused with @receiver.devmem off
 * @receiver: how to receive
 * @rebind_ns: replace bindings at this interval, 0: never
 * @slow_ns: wait so long after each recvmsg()
 * @rate: bytes per second, 0: no limit
 * @bytes: stop after so many, 0: no limit
 * @duration_ns: stop so long after the first connection, 0: no limit
 * @idle_ns: give up when nothing happens for so long, 0: never
 * @connections: how many to wait for
 * @header_split: "on", "off" or NULL: leave it
 * @only_split: set it and do nothing else
 * @steer: steer the flow to the queue
 * @rss: keep other flows off the queue
 * @json: summary as one line of JSON
 * @quiet: no progress
 */
struct recv_options {
	struct endpoint listen;
	uint32_t queues[MAX_QUEUES];
	struct bindings_config bindings;
	struct receiver_config receiver;
	uint64_t rebind_ns;
	uint64_t slow_ns;
	uint64_t rate;
	uint64_t bytes;
	uint64_t duration_ns;
	uint64_t idle_ns;
	unsigned int connections;
	const char *header_split;
	bool only_split;
	bool steer;
	bool rss;
	bool json;
	bool quiet;
};

/**
 * recv_options_parse() - read the command line
 * @o: filled
 * @argc: of main()
 * @argv: of main()
 *
 * Ends the program with a message when something is wrong with it, or after --help.
 */
void recv_options_parse(struct recv_options *o, int argc, char **argv);

#endif
