// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The command line of devmem-recv. A new option is a row of the table here, a field in
 * options.h, and its use.
 */
#include "recv/options.h"

#include <net/if.h>
#include <string.h>

#include "lib/numbers.h"
#include "recv/option_table.h"

#define DEFAULT_LISTEN	  ":5201"
#define DEFAULT_SIZE	  (32UL << 20)
#define DEFAULT_BUFFERS	  8
#define DEFAULT_RECV_SIZE (256UL << 10)
#define DEFAULT_BATCH	  64

#define MAX_BUFFERS	256
#define MAX_RECV_SIZE	(16UL << 20)
#define MAX_CONNECTIONS 256

static const char doc[] =
	"Receive TCP into a dma-buf and check every byte.\v"
	"Makes a dma-buf of ordinary memory (udmabuf), binds it to receive queues, steers the flow "
	"there, receives what devmem-send sends, and hands the buffers back. Exit status 0: every "
	"received byte was right. Sizes take K, M, G; seconds may have decimals.\n\n"
	"Example, with the sender on another machine:\n"
	"  devmem-recv --ifname eth0 --queues 3 --listen 192.0.2.1:5201\n"
	"  devmem-send --connect 192.0.2.1:5201 --bytes 1G";

static void read_ifname(struct argp_state *state, const char *name, char *arg, void *options)
{
	struct recv_options *o = options;

	if (!*arg || strlen(arg) >= IFNAMSIZ)
		argp_error(state, "--%s: \"%s\" cannot be an interface", name, arg);
	o->bindings.ifname = arg;
}

static void read_on_off(struct argp_state *state, const char *name, char *arg, void *options)
{
	struct recv_options *o = options;

	if (strcmp(arg, "on") && strcmp(arg, "off"))
		argp_error(state, "--%s: \"%s\" is neither on nor off", name, arg);
	o->header_split = arg;
}

static void read_queues(struct argp_state *state, const char *name, char *arg, void *options)
{
	struct recv_options *o = options;
	char *save = NULL, *item;
	unsigned int i;

	o->bindings.num_queues = 0;
	for (item = strtok_r(arg, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		uint64_t queue;

		if (!parse_number(item, 0, UINT32_MAX, &queue))
			argp_error(state, "--%s: \"%s\" is no queue number", name, item);
		for (i = 0; i < o->bindings.num_queues; i++)
			if (o->queues[i] == queue)
				argp_error(state, "--%s: queue %s is named twice", name, item);
		if (o->bindings.num_queues == MAX_QUEUES)
			argp_error(state, "--%s: more than %d queues", name, MAX_QUEUES);
		o->queues[o->bindings.num_queues++] = queue;
	}
	if (!o->bindings.num_queues)
		argp_error(state, "--%s: no queue named", name);
}

static void check(struct argp_state *state, void *options)
{
	struct recv_options *o = options;

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

static const struct option_row rows[] = {
	{ .kind = OPTION_HEADING, .help = "What to bind:" },
	{
		.name = "ifname",
		.key = 'i',
		.arg = "IF",
		.help = "interface",
		.kind = OPTION_OWN,
		.read = read_ifname,
	},
	{
		.name = "queues",
		.key = 'q',
		.arg = "Q[,Q...]",
		.help = "its receive queues",
		.kind = OPTION_OWN,
		.read = read_queues,
	},
	{
		.name = "size",
		.key = 's',
		.arg = "BYTES",
		.help = "size of a dma-buf (32M)",
		.kind = OPTION_SIZE,
		OPTION_FIELD(struct recv_options, bindings.size),
		.min = 1,
		.max = SIZE_MAX / 2,
	},
	{
		.name = "shared",
		.help = "one binding for all queues, not one each",
		.kind = OPTION_TURN_ON,
		OPTION_FIELD(struct recv_options, bindings.shared),
	},
	{
		.name = "rebind",
		.arg = "SECONDS",
		.help = "replace the bindings so often, under traffic",
		.kind = OPTION_SECONDS,
		OPTION_FIELD(struct recv_options, rebind_ns),
		.min = 1,
		.max = MAX_SECONDS_NS,
	},
	{
		.name = "rebind-every",
		.arg = "MS",
		.help = "like --rebind, in milliseconds",
		.kind = OPTION_NUMBER,
		OPTION_FIELD(struct recv_options, rebind_ns),
		.min = 1,
		.max = 86400000,
		.unit = NSEC_PER_MSEC,
	},
	{
		.name = "rebind-same",
		.help = "rebind the same dma-buf once the old binding is drained, instead of another at once",
		.kind = OPTION_TURN_ON,
		OPTION_FIELD(struct recv_options, bindings.same),
	},
	{
		.name = "buffers",
		.arg = "N",
		.help = "have at most N dma-bufs while rebinding (8)",
		.kind = OPTION_NUMBER,
		OPTION_FIELD(struct recv_options, bindings.max_buffers),
		.min = 1,
		.max = MAX_BUFFERS,
	},
	{
		.name = "header-split",
		.arg = "on|off",
		.help = "set the interface's header split first; without --queues, that is all",
		.kind = OPTION_OWN,
		.read = read_on_off,
	},
	{
		.name = "no-steer",
		.help = "insert no ntuple rule",
		.kind = OPTION_TURN_OFF,
		OPTION_FIELD(struct recv_options, steer),
	},
	{
		.name = "no-rss",
		.help = "leave the queues in the RSS table",
		.kind = OPTION_TURN_OFF,
		OPTION_FIELD(struct recv_options, rss),
	},
	{
		.name = "no-devmem",
		.help = "bind nothing: plain TCP, to compare with",
		.kind = OPTION_TURN_OFF,
		OPTION_FIELD(struct recv_options, receiver.devmem),
	},
	{ .kind = OPTION_HEADING, .help = "How to receive:" },
	{
		.name = "listen",
		.key = 'l',
		.arg = "ADDR:PORT",
		.help = "where to listen (" DEFAULT_LISTEN ")",
		.kind = OPTION_ENDPOINT,
		OPTION_FIELD(struct recv_options, listen),
	},
	{
		.name = "connections",
		.arg = "N",
		.help = "wait for N connections (1)",
		.kind = OPTION_NUMBER,
		OPTION_FIELD(struct recv_options, connections),
		.min = 1,
		.max = MAX_CONNECTIONS,
	},
	{
		.name = "recv-size",
		.arg = "BYTES",
		.help = "ask for so much at a time (256K)",
		.kind = OPTION_SIZE,
		OPTION_FIELD(struct recv_options, receiver.recv_size),
		.min = 1,
		.max = MAX_RECV_SIZE,
	},
	{
		.name = "batch",
		.arg = "N",
		.help = "hand back N tokens at a time (64)",
		.kind = OPTION_NUMBER,
		OPTION_FIELD(struct recv_options, receiver.batch),
		.min = 1,
		.max = DEVMEM_MAX_FRAGS,
	},
	{
		.name = "hold",
		.arg = "N",
		.help = "keep the first N tokens until the end",
		.kind = OPTION_NUMBER,
		OPTION_FIELD(struct recv_options, receiver.hold),
		.max = UINT32_MAX,
	},
	{
		.name = "abandon",
		.help = "with --hold: leave these tokens to the closing of the socket",
		.kind = OPTION_TURN_ON,
		OPTION_FIELD(struct recv_options, receiver.abandon),
	},
	{
		.name = "slow",
		.arg = "USEC",
		.help = "wait so long after each recvmsg",
		.kind = OPTION_NUMBER,
		OPTION_FIELD(struct recv_options, slow_ns),
		.max = 60000000,
		.unit = NSEC_PER_USEC,
	},
	{
		.name = "rate",
		.arg = "BYTES",
		.help = "receive no faster than this per second",
		.kind = OPTION_SIZE,
		OPTION_FIELD(struct recv_options, rate),
		.min = 1,
		.max = INT64_MAX,
	},
	{
		.name = "no-verify",
		.help = "do not check the data",
		.kind = OPTION_TURN_OFF,
		OPTION_FIELD(struct recv_options, receiver.verify),
	},
	{ .kind = OPTION_HEADING,
	  .help = "When to stop (at the latest when the senders are done):" },
	{
		.name = "bytes",
		.arg = "N",
		.help = "after N bytes",
		.kind = OPTION_SIZE,
		OPTION_FIELD(struct recv_options, bytes),
		.min = 1,
		.max = INT64_MAX,
	},
	{
		.name = "duration",
		.arg = "SECONDS",
		.help = "so long after the first connection",
		.kind = OPTION_SECONDS,
		OPTION_FIELD(struct recv_options, duration_ns),
		.min = 1,
		.max = MAX_SECONDS_NS,
	},
	{
		.name = "idle",
		.arg = "SECONDS",
		.help = "give up when nothing happens for so long",
		.kind = OPTION_SECONDS,
		OPTION_FIELD(struct recv_options, idle_ns),
		.min = 1,
		.max = MAX_SECONDS_NS,
	},
	{ .kind = OPTION_HEADING, .help = "Output:" },
	{
		.name = "json",
		.help = "summary as one line of JSON",
		.kind = OPTION_TURN_ON,
		OPTION_FIELD(struct recv_options, json),
	},
	{
		.name = "quiet",
		.key = 'Q',
		.help = "no progress on standard error",
		.kind = OPTION_TURN_ON,
		OPTION_FIELD(struct recv_options, quiet),
	},
};

static const struct option_table table = {
	.rows = rows,
	.num = sizeof(rows) / sizeof(rows[0]),
	.doc = doc,
	.check = check,
};

void recv_options_parse(struct recv_options *o, int argc, char **argv)
{
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
	option_table_parse(&table, o, argc, argv);
}
