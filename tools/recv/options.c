// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The command line of devmem-recv, with argp.
 */
#include "recv/options.h"

#include <argp.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LISTEN	  ":5201"
#define DEFAULT_SIZE	  (32UL << 20)
#define DEFAULT_BUFFERS	  8
#define DEFAULT_RECV_SIZE (256UL << 10)
#define DEFAULT_BATCH	  64

#define MAX_BUFFERS	256
#define MAX_RECV_SIZE	(16UL << 20)
#define MAX_CONNECTIONS 256

enum {
	OPT_SHARED = 256,
	OPT_REBIND,
	OPT_REBIND_EVERY,
	OPT_REBIND_SAME,
	OPT_BUFFERS,
	OPT_HOLD,
	OPT_ABANDON,
	OPT_BATCH,
	OPT_SLOW,
	OPT_RATE,
	OPT_BYTES,
	OPT_DURATION,
	OPT_IDLE,
	OPT_CONNECTIONS,
	OPT_RECV_SIZE,
	OPT_HEADER_SPLIT,
	OPT_NO_STEER,
	OPT_NO_RSS,
	OPT_NO_VERIFY,
	OPT_NO_DEVMEM,
	OPT_JSON,
};

static const char doc[] =
	"Receive TCP into a dma-buf and check every byte.\v"
	"Makes a dma-buf of ordinary memory (udmabuf), binds it to receive queues, steers the flow "
	"there, receives what devmem-send sends, and hands the buffers back. Exit status 0: every "
	"received byte was right. Sizes take K, M, G; seconds may have decimals.\n\n"
	"Example, with the sender on another machine:\n"
	"  devmem-recv --ifname eth0 --queues 3 --listen 192.0.2.1:5201\n"
	"  devmem-send --connect 192.0.2.1:5201 --bytes 1G";

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What to bind:", 1 },
	{ "ifname", 'i', "IF", 0, "interface", 1 },
	{ "queues", 'q', "Q[,Q...]", 0, "its receive queues", 1 },
	{ "size", 's', "BYTES", 0, "size of a dma-buf (32M)", 1 },
	{ "shared", OPT_SHARED, NULL, 0, "one binding for all queues, not one each", 1 },
	{ "rebind", OPT_REBIND, "SECONDS", 0, "replace the bindings so often, under traffic", 1 },
	{ "rebind-every", OPT_REBIND_EVERY, "MS", 0, "the same in milliseconds", 1 },
	{ "rebind-same", OPT_REBIND_SAME, NULL, 0,
	  "rebind the same dma-buf once the old binding is drained, instead of another at once",
	  1 },
	{ "buffers", OPT_BUFFERS, "N", 0, "have at most N dma-bufs while rebinding (8)", 1 },
	{ "header-split", OPT_HEADER_SPLIT, "on|off", 0,
	  "set the interface's header split first; without --queues, that is all", 1 },
	{ "no-steer", OPT_NO_STEER, NULL, 0, "insert no ntuple rule", 1 },
	{ "no-rss", OPT_NO_RSS, NULL, 0, "leave the queues in the RSS table", 1 },
	{ "no-devmem", OPT_NO_DEVMEM, NULL, 0, "bind nothing: plain TCP, to compare with", 1 },

	{ NULL, 0, NULL, 0, "How to receive:", 2 },
	{ "listen", 'l', "ADDR:PORT", 0, "where to listen (" DEFAULT_LISTEN ")", 2 },
	{ "connections", OPT_CONNECTIONS, "N", 0, "wait for N connections (1)", 2 },
	{ "recv-size", OPT_RECV_SIZE, "BYTES", 0, "ask for so much at a time (256K)", 2 },
	{ "batch", OPT_BATCH, "N", 0, "hand back N tokens at a time (64)", 2 },
	{ "hold", OPT_HOLD, "N", 0, "keep the first N tokens until the end", 2 },
	{ "abandon", OPT_ABANDON, NULL, 0, "leave those to the closing of the socket", 2 },
	{ "slow", OPT_SLOW, "USEC", 0, "wait so long after each recvmsg", 2 },
	{ "rate", OPT_RATE, "BYTES", 0, "receive no faster than this per second", 2 },
	{ "no-verify", OPT_NO_VERIFY, NULL, 0, "do not check the data", 2 },

	{ NULL, 0, NULL, 0, "When to stop (at the latest when the senders are done):", 3 },
	{ "bytes", OPT_BYTES, "N", 0, "after N bytes", 3 },
	{ "duration", OPT_DURATION, "SECONDS", 0, "so long after the first connection", 3 },
	{ "idle", OPT_IDLE, "SECONDS", 0, "give up when nothing happens for so long", 3 },

	{ NULL, 0, NULL, 0, "Output:", 4 },
	{ "json", OPT_JSON, NULL, 0, "summary as one line of JSON", 4 },
	{ "quiet", 'Q', NULL, 0, "no progress on standard error", 4 },
	{ 0 },
};

static void parse_queues(struct argp_state *state, struct recv_options *o, char *arg)
{
	char *save = NULL, *item;
	unsigned int i;

	o->bindings.num_queues = 0;
	for (item = strtok_r(arg, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		uint64_t queue;

		if (!parse_number(item, UINT32_MAX, &queue))
			argp_error(state, "--queues: \"%s\" is no queue number", item);
		for (i = 0; i < o->bindings.num_queues; i++)
			if (o->queues[i] == queue)
				argp_error(state, "--queues: queue %s is named twice", item);
		if (o->bindings.num_queues == MAX_QUEUES)
			argp_error(state, "--queues: more than %d queues", MAX_QUEUES);
		o->queues[o->bindings.num_queues++] = queue;
	}
	if (!o->bindings.num_queues)
		argp_error(state, "--queues: no queue named");
}

static uint64_t number(struct argp_state *state, const char *option, const char *arg, uint64_t min,
		       uint64_t max)
{
	uint64_t value;

	if (!parse_number(arg, max, &value) || value < min)
		argp_error(state, "%s: \"%s\" is no number from %llu to %llu", option, arg,
			   (unsigned long long)min, (unsigned long long)max);
	return value;
}

static uint64_t size(struct argp_state *state, const char *option, const char *arg, uint64_t max)
{
	uint64_t value;

	if (!parse_size(arg, &value) || !value || value > max)
		argp_error(state, "%s: \"%s\" is no size, or not in range", option, arg);
	return value;
}

static uint64_t seconds(struct argp_state *state, const char *option, const char *arg)
{
	uint64_t value;

	if (!parse_seconds(arg, &value) || !value)
		argp_error(state, "%s: \"%s\" is no number of seconds", option, arg);
	return value;
}

static void check(struct argp_state *state, struct recv_options *o)
{
	if (!o->receiver.devmem)
		return;
	if (!o->bindings.ifname)
		argp_error(state, "--ifname is missing");
	if (!o->bindings.num_queues && o->header_split) {
		o->only_split = true;
		return;
	}
	if (!o->bindings.num_queues)
		argp_error(state, "--queues is missing");
	if (o->bindings.same && !o->rebind_ns)
		argp_error(state, "--rebind-same needs --rebind");
	if (o->bindings.same && o->receiver.hold)
		argp_error(state, "--rebind-same waits for all tokens: not with --hold");
	if (!o->bindings.shared && o->bindings.num_queues > o->bindings.max_buffers)
		argp_error(state, "--buffers: every queue needs one");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct recv_options *o = state->input;
	const char *wrong;

	switch (key) {
	case 'i':
		if (!*arg || strlen(arg) >= IFNAMSIZ)
			argp_error(state, "--ifname: \"%s\" cannot be an interface", arg);
		o->bindings.ifname = arg;
		break;
	case 'q':
		parse_queues(state, o, arg);
		break;
	case 's':
		o->bindings.size = size(state, "--size", arg, SIZE_MAX / 2);
		break;
	case OPT_SHARED:
		o->bindings.shared = true;
		break;
	case OPT_REBIND:
		o->rebind_ns = seconds(state, "--rebind", arg);
		break;
	case OPT_REBIND_EVERY:
		o->rebind_ns =
			1000 * NSEC_PER_USEC * number(state, "--rebind-every", arg, 1, 86400000);
		break;
	case OPT_REBIND_SAME:
		o->bindings.same = true;
		break;
	case OPT_BUFFERS:
		o->bindings.max_buffers = number(state, "--buffers", arg, 1, MAX_BUFFERS);
		break;
	case OPT_HEADER_SPLIT:
		if (strcmp(arg, "on") && strcmp(arg, "off"))
			argp_error(state, "--header-split: \"%s\" is neither on nor off", arg);
		o->header_split = arg;
		break;
	case OPT_NO_STEER:
		o->steer = false;
		break;
	case OPT_NO_RSS:
		o->rss = false;
		break;
	case OPT_NO_DEVMEM:
		o->receiver.devmem = false;
		break;
	case 'l':
		wrong = parse_endpoint(arg, &o->listen);
		if (wrong)
			argp_error(state, "--listen: \"%s\": %s", arg, wrong);
		break;
	case OPT_CONNECTIONS:
		o->connections = number(state, "--connections", arg, 1, MAX_CONNECTIONS);
		break;
	case OPT_RECV_SIZE:
		o->receiver.recv_size = size(state, "--recv-size", arg, MAX_RECV_SIZE);
		break;
	case OPT_BATCH:
		o->receiver.batch = number(state, "--batch", arg, 1, DEVMEM_MAX_FRAGS);
		break;
	case OPT_HOLD:
		o->receiver.hold = number(state, "--hold", arg, 0, UINT32_MAX);
		break;
	case OPT_ABANDON:
		o->receiver.abandon = true;
		break;
	case OPT_SLOW:
		o->slow_ns = NSEC_PER_USEC * number(state, "--slow", arg, 0, 60000000);
		break;
	case OPT_RATE:
		o->rate = size(state, "--rate", arg, UINT64_MAX / 2);
		break;
	case OPT_NO_VERIFY:
		o->receiver.verify = false;
		break;
	case OPT_BYTES:
		o->bytes = size(state, "--bytes", arg, UINT64_MAX / 2);
		break;
	case OPT_DURATION:
		o->duration_ns = seconds(state, "--duration", arg);
		break;
	case OPT_IDLE:
		o->idle_ns = seconds(state, "--idle", arg);
		break;
	case OPT_JSON:
		o->json = true;
		break;
	case 'Q':
		o->quiet = true;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "what is \"%s\"?", arg);
		break;
	case ARGP_KEY_END:
		check(state, o);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

void recv_options_parse(struct recv_options *o, int argc, char **argv)
{
	static const struct argp argp = { .options = options, .parser = parse, .doc = doc };

	*o = (struct recv_options){
		.bindings.size = DEFAULT_SIZE,
		.bindings.max_buffers = DEFAULT_BUFFERS,
		.bindings.queues = o->queues,
		.receiver.devmem = true,
		.receiver.verify = true,
		.receiver.recv_size = DEFAULT_RECV_SIZE,
		.receiver.batch = DEFAULT_BATCH,
		.connections = 1,
		.steer = true,
		.rss = true,
	};
	parse_endpoint(DEFAULT_LISTEN, &o->listen);
	argp_parse(&argp, argc, argv, 0, NULL, o);
}
