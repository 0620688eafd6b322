// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * devmemtop: what the dma-bufs bound to receive queues are doing. Options and wiring only.
 */
#include <argp.h>
#include <err.h>
#include <locale.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_check.h"
#include "collect/collect.h"
#include "loop.h"
#include "lib/cmdline.h"
#include "lib/netns.h"
#include "lib/numbers.h"
#include "cmd_races.h"
#include "lib/version.h"

const char *argp_program_version = "devmemtop " DEVMEMTOP_VERSION;

struct options {
	struct loop_options loop;
	bool batch;
	bool netlink_only;
	uint64_t sample;
	const char *ifname;
	const char *netns;
	char filter_text[FILTER_TEXT];
};

static const struct argp_option option_table[] = {
	{ "batch", 'b', NULL, 0,
	  "Print text instead of the live view; the default when standard output is no terminal",
	  0 },
	{ "count", 'n', "N", 0, "Stop after N samples", 0 },
	{ "delay", 'd', "SECONDS", 0, "Time between samples, 0.1 to 3600 (default 1)", 0 },
	{ "interface", 'i', "IFNAME", 0, "Only the queues of this interface", 0 },
	{ "filter", 'f', "KEY=VALUE", 0,
	  "Only what fits: iface=NAME (* and ? allowed), queue=N or N-M, binding=ID, "
	  "netns=PATH|PID; more values after commas; given twice, both must fit",
	  0 },
	{ "netns", 'W', "PATH|PID", 0, "Look into this network namespace", 0 },
	{ "sample", 's', "N", 0, "Time one in N net_iovs from alloc to free (default 64); 0: none",
	  0 },
	{ "all", 'a', NULL, 0, "Show unbound queues, too", 0 },
	{ "no-races", 'R', NULL, 0,
	  "Do not watch for races, which costs each packet about 100 instructions", 0 },
	{ "netlink-only", 'N', NULL, 0, "Do not use BPF: fewer figures, but needs no privilege",
	  0 },
};

#define OWN_OPTIONS (sizeof(option_table) / sizeof(option_table[0]))

/* These, one for each output, and an empty one. */
static struct argp_option all_options[OWN_OPTIONS + OUTPUTS_MAX + 1];

/* What argp knows an output without a short option by: no character. */
#define OPTION_OUTPUT 256

static int output_key(size_t i)
{
	return outputs[i]->letter ? outputs[i]->letter : OPTION_OUTPUT + (int)i;
}

static void add_output_options(void)
{
	size_t i;

	memcpy(all_options, option_table, sizeof(option_table));
	for (i = 0; outputs[i]; i++)
		all_options[OWN_OPTIONS + i] = (struct argp_option){
			.name = outputs[i]->option,
			.key = output_key(i),
			.doc = outputs[i]->help,
		};
}

static error_t parse_output(int key, struct loop_options *opt)
{
	size_t i;

	for (i = 0; outputs[i]; i++) {
		if (key != output_key(i))
			continue;
		if (opt->output && opt->output != outputs[i]) {
			warnx("--%s and --%s: give one of them", opt->output->option,
			      outputs[i]->option);
			exit(EXIT_USAGE);
		}
		opt->output = outputs[i];
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *opt = state->input;
	size_t terms, used;
	char text[256];

	switch (key) {
	case 'b':
		opt->batch = true;
		break;
	case 'f':
		terms = opt->loop.filter.num;
		if (!filter_parse(&opt->loop.filter, arg, text, sizeof(text)))
			usage_error("%s", text);
		/* "netns=" is no filter of rows: the live view cannot change it. */
		if (opt->loop.filter.num == terms)
			break;
		used = strlen(opt->filter_text);
		if (used + 1 + strlen(arg) >= sizeof(opt->filter_text))
			usage_error("the filters are too long, beginning with '%s'", arg);
		sprintf(opt->filter_text + used, "%s%s", used ? " " : "", arg);
		opt->loop.filter_text = opt->filter_text;
		break;
	case 'W':
		opt->netns = arg;
		break;
	case 'n':
		if (!parse_number(arg, 1, UINT64_MAX, &opt->loop.count))
			usage_error("bad count '%s': give a number from 1 on", arg);
		break;
	case 'd':
		if (!parse_decimal(arg, INTERVAL_MIN, INTERVAL_MAX, &opt->loop.interval))
			usage_error("bad interval '%s': give seconds from 0.1 to 3600", arg);
		break;
	case 's':
		if (!parse_number(arg, 0, UINT32_MAX, &opt->sample))
			usage_error("bad sample '%s': give 0 or one in how many", arg);
		break;
	case 'i':
		opt->ifname = arg;
		break;
	case 'a':
		opt->loop.all = true;
		break;
	case 'R':
		opt->loop.races = false;
		break;
	case 'N':
		opt->netlink_only = true;
		break;
	case ARGP_KEY_ARG:
		usage_error("unexpected argument '%s': see devmemtop --help", arg);
		break;
	default:
		return parse_output(key, &opt->loop);
	}
	return 0;
}

static const struct argp argp = {
	.options = all_options,
	.parser = parse_option,
	.doc = "Show what the dma-bufs bound to receive queues are doing (devmem TCP): where their "
	       "buffers are, how fast they move, how often queues were restarted, what was lost.\v"
	       "In the live view q quits and h shows the keys and what each column means. Without "
	       "privilege devmemtop shows what netlink tells and says so. 'devmemtop check' says what "
	       "can be known on this kernel, 'devmemtop races' reports races; each has a --help.\n\n"
	       "Exit status: 0; 1 when something failed; 2 for wrong options.",
};

int main(int argc, char **argv)
{
	struct options opt = { .loop = { .interval = 1, .races = true }, .sample = 64 };
	struct collect *c;
	char note[256];
	int status;

	/* Characters as the terminal has them, numbers always with a point. */
	setlocale(LC_CTYPE, "");
	if (argc > 1 && !strcmp(argv[1], "races"))
		return races_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "check"))
		return check_main(argc - 1, argv + 1);
	add_output_options();
	cmdline_parse(&argp, argv[0], argc, argv, 0, &opt);

	opt.loop.live = !opt.loop.output && !opt.batch && isatty(STDOUT_FILENO);
	if (!opt.netns)
		opt.netns = opt.loop.filter.netns;
	if (opt.netns && !netns_enter(opt.netns, note, sizeof(note)))
		errx(EXIT_FAILURE, "%s", note);
	if (opt.ifname && !if_nametoindex(opt.ifname))
		errx(EXIT_FAILURE, "no interface '%s' here: 'ip link' lists them", opt.ifname);

	c = collect_open(opt.ifname, !opt.netlink_only, note, sizeof(note));
	if (!c)
		errx(EXIT_FAILURE, "%s", note);
	collect_sample(c, opt.sample);
	if (note[0]) {
		/* The live view covers what is printed before it; it shows the note itself. */
		if (opt.loop.live)
			opt.loop.note = note;
		else
			warnx("%s", note);
	}
	status = loop_run(c, &opt.loop);
	collect_close(c);
	return status;
}
