// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * devmemtop: what the dma-bufs bound to receive queues are doing. Options and wiring only.
 */
#include <argp.h>
#include <err.h>
#include <errno.h>
#include <locale.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_check.h"
#include "collect/collect.h"
#include "loop.h"
#include "lib/netns.h"
#include "cmd_races.h"
#include "lib/version.h"

/* Exit status of a wrong option; EXIT_FAILURE is for what went wrong later. */
#define EXIT_USAGE 2

const char *argp_program_version = "devmemtop " DEVMEMTOP_VERSION;

struct options {
	struct loop_options loop;
	bool batch;
	bool csv;
	bool json;
	bool netlink_only;
	unsigned long sample;
	const char *ifname;
	const char *netns;
	char filter_text[FILTER_TEXT];
};

static const struct argp_option option_table[] = {
	{ "batch", 'b', NULL, 0,
	  "Print text instead of the live view; the default when standard output is no terminal",
	  0 },
	{ "json", 'j', NULL, 0, "Print one JSON object a line", 0 },
	{ "csv", 'c', NULL, 0, "Print a heading and then a line per queue and sample", 0 },
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
	{ 0 },
};

/* argp would also print a usage line; one line that says what to do is enough. */
static void usage_error(const char *fmt, const char *arg)
{
	warnx(fmt, arg);
	exit(EXIT_USAGE);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *opt = state->input;
	size_t terms, used;
	char text[256], *end;

	switch (key) {
	case 'b':
		opt->batch = true;
		break;
	case 'c':
		opt->csv = true;
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
	case 'j':
		opt->json = true;
		break;
	case 'n':
		errno = 0;
		opt->loop.count = strtoul(arg, &end, 10);
		if (errno || *end || end == arg || arg[0] == '-' || !opt->loop.count)
			usage_error("bad count '%s': give a number from 1 on", arg);
		break;
	case 'd':
		opt->loop.interval = strtod(arg, &end);
		if (*end || end == arg || !(opt->loop.interval >= INTERVAL_MIN) ||
		    opt->loop.interval > INTERVAL_MAX)
			usage_error("bad interval '%s': give seconds from 0.1 to 3600", arg);
		break;
	case 's':
		errno = 0;
		opt->sample = strtoul(arg, &end, 10);
		if (errno || *end || end == arg || arg[0] == '-' || opt->sample > UINT32_MAX)
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
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse_option,
	.doc = "Show what the dma-bufs bound to receive queues are doing (devmem TCP): where their "
	       "buffers are, how fast they move, how often queues were restarted, what was lost.\v"
	       "In the live view q quits and h shows the keys and what each column means. Without "
	       "privilege, or on a kernel without the devmem trace events, devmemtop shows what "
	       "netlink tells and says so.\n\n"
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
	argp_err_exit_status = EXIT_USAGE;
	if (argc > 1 && !strcmp(argv[1], "races"))
		return races_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "check"))
		return check_main(argc - 1, argv + 1);
	argp_parse(&argp, argc, argv, 0, NULL, &opt);

	if (opt.json && opt.csv)
		usage_error("--json and --csv: give one of them%s", "");
	if (opt.json)
		opt.loop.output = OUTPUT_JSON;
	else if (opt.csv)
		opt.loop.output = OUTPUT_CSV;
	else if (opt.batch || !isatty(STDOUT_FILENO))
		opt.loop.output = OUTPUT_TEXT;
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
		if (opt.loop.output == OUTPUT_LIVE)
			opt.loop.note = note;
		else
			warnx("%s", note);
	}
	status = loop_run(c, &opt.loop);
	collect_close(c);
	return status;
}
