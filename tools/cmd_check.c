// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `devmemtop check`: really tries every source, and prints which of them work.
 */
#include "cmd_check.h"

#include <argp.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "probes/verifier_effort.h"
#include "probes/programs.h"
#include "lib/cmdline.h"
#include "lib/netdev_genl.h"
#include "lib/netns.h"
#include "races/watch.h"
#include "races/codes.h"
#include "model/snapshot.h"
#include "probes/facts.h"
#include "lib/version.h"

struct check {
	bool all_well;
	struct facts from;
};

/* One source: a line, and when it cannot be used two more. */
static void report(struct check *c, bool ok, const char *source, const char *gives, const char *why,
		   const char *todo)
{
	printf("%-4s %-11s %s\n", ok ? "ok" : "NO", source, gives);
	if (ok)
		return;
	c->all_well = false;
	printf("     why: %s\n     do:  %s\n", why, todo);
}

/* ---- netlink ---- */

static int ignore(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	(void)cmd;
	(void)tb;
	(void)data;
	return 0;
}

static void check_dump(struct check *c, struct netdev_genl *ng, uint8_t cmd, enum fact fact,
		       const char *source, const char *gives, const char *todo)
{
	struct netdev_genl_error error = { 0 };
	int ret = netdev_genl_dump(ng, cmd, NULL, 0, ignore, NULL, &error);
	const char *why = ret == -EOPNOTSUPP ? "this kernel was built without them" : error.text;

	report(c, !ret, source, gives, why, todo);
	facts_use(&c->from, fact, VIA_NETLINK, ret ? why : NULL);
}

static void check_netlink(struct check *c)
{
	static const enum fact facts[] = { FACT_QUEUES, FACT_POOLS, FACT_RECYCLED, FACT_RECEIVED };
	static const char *const newer = "use Linux 6.12 or later";
	struct netdev_genl_error error = { 0 };
	struct netdev_genl *ng = netdev_genl_open(&error);
	size_t i;

	if (!ng) {
		report(c, false, "netlink", "queues, bindings, page pools, driver statistics",
		       error.text, newer);
		for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
			facts_use(&c->from, facts[i], VIA_NETLINK, error.text);
		return;
	}
	check_dump(c, ng, ND_CMD_QUEUE_GET, FACT_QUEUES, "queues",
		   "netlink: queues and what is bound to them", newer);
	check_dump(c, ng, ND_CMD_PAGE_POOL_GET, FACT_POOLS, "page-pools",
		   "netlink: OUT and HELD, the buffers that pools have taken", newer);
	check_dump(c, ng, ND_CMD_PAGE_POOL_STATS_GET, FACT_RECYCLED, "pool-stats",
		   "netlink: RECYC/s, buffers that pools hand out and take back",
		   "use a kernel with CONFIG_PAGE_POOL_STATS=y");
	check_dump(c, ng, ND_CMD_QSTATS_GET, FACT_RECEIVED, "queue-stats",
		   "netlink: RX/s, RX, DROP/s, as the drivers count them", newer);
	netdev_genl_close(ng);
}

/* ---- BPF ---- */

static const struct {
	enum source source;
	const char *name;
	const char *gives;
} bpf_sources[] = {
	{ SOURCE_EVENTS, "events",
	  "probes: ALLOC/s, FREE/s, FAIL/s, TOKEN/s, RST, DOWN, who bound what; see below" },
	{ SOURCE_WALK, "walk",
	  "page pools read by BPF: DMABUF, FREE, CACHE, RING, the queue of each pool" },
	{ SOURCE_SOCKETS, "sockets",
	  "TCP sockets read by BPF: WHERE, USER, SOCKET, POSTED, OLDEST, who holds buffers" },
};

/* Cuts "What is wrong: what to do" in two. The first part may also have such a colon. */
static const char *cut(char *said)
{
	char *todo = NULL, *at;

	for (at = said; (at = strstr(at, ": ")); at++)
		todo = at;
	if (!todo)
		return "see what libbpf says: DEVMEMTOP_DEBUG=1 devmemtop check";
	*todo = '\0';
	return todo + 2;
}

static void check_bpf(struct check *c)
{
	unsigned int sources = 0;
	struct programs_said said;
	struct programs *l;
	const char *todo;
	size_t i;

	l = programs_try(&sources, &said);
	c->from = said.from;
	for (i = 0; i < sizeof(bpf_sources) / sizeof(bpf_sources[0]); i++) {
		enum source source = bpf_sources[i].source;

		todo = cut(said.line[source]);
		report(c, sources & 1U << source, bpf_sources[i].name, bpf_sources[i].gives,
		       said.line[source], todo);
		if (said.one_reason && source == SOURCE_EVENTS) {
			facts_none(&c->from, said.line[source]);
			snprintf(c->from.todo, sizeof(c->from.todo), "%s", todo);
		}
	}
	programs_close(l);
}

/* The detectors as a whole, and below it each race that they cannot see. */
static void check_races(struct check *c)
{
	static const char *const gives = "probes: what `devmemtop races` finds, races=N";
	char text[256];
	struct races *r = races_open(NULL, text, sizeof(text));
	unsigned int code;

	if (!r) {
		const char *todo = cut(text);

		report(c, false, "races", gives, text, todo);
		return;
	}
	report(c, true, "races", gives, NULL, NULL);
	for (code = 0; code < RACE_CODES; code++) {
		if (races_watches(r, code))
			continue;
		c->all_well = false;
		printf("     not: %s: %s\n", race_code_name(code), races_why(r, code));
	}
	races_close(r);
}

/* ---- the command ---- */

#define OPTION_TABLE  256
#define OPTION_EFFORT 257

static const struct argp_option option_table[] = {
	{ "table", OPTION_TABLE, NULL, 0,
	  "Print which sources each fact may come from on any kernel, best first, and end", 0 },
	{ "effort", OPTION_EFFORT, NULL, 0,
	  "Load each BPF program, print how many instructions and states the verifier looked at, "
	  "and end",
	  0 },
	{ "netns", 'W', "PATH|PID", 0, "Look into this network namespace", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	char text[256];
	int ret;

	(void)state;
	switch (key) {
	case 'W':
		if (netns_enter(arg, text, sizeof(text)))
			return 0;
		errx(EXIT_FAILURE, "%s", text);
	case OPTION_TABLE:
		facts_print_table(stdout);
		exit(EXIT_SUCCESS);
	case OPTION_EFFORT:
		ret = effort_print(stdout, text, sizeof(text));
		if (ret < 0)
			errx(EXIT_FAILURE, "%s", text);
		exit(ret ? EXIT_FAILURE : EXIT_SUCCESS);
	case ARGP_KEY_ARG:
		usage_error("unexpected argument '%s': see devmemtop check --help", arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse_option,
	.doc = "Try every source of figures, say whether it can be used here and, if not, why and "
	       "what to do; then where each fact comes from.\vExit status: 0 when all can be used "
	       "and every fact is known, and every race is watched for; 1 otherwise; 2 for wrong options.",
};

int check_main(int argc, char **argv)
{
	struct check c = { .all_well = true };
	struct utsname uts;

	cmdline_parse(&argp, "devmemtop check", argc, argv, 0, NULL);
	uname(&uts);
	printf("devmemtop " DEVMEMTOP_VERSION " on Linux %s\n", uts.release);
	check_bpf(&c);
	check_races(&c);
	check_netlink(&c);
	printf("\nWhere each fact comes from:\n");
	if (!facts_print(&c.from, stdout))
		c.all_well = false;
	if (fflush(stdout))
		err(EXIT_FAILURE, "writing to standard output");
	return c.all_well ? EXIT_SUCCESS : EXIT_FAILURE;
}
