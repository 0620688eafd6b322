// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `devmemtop check`: tries every source for real and says what came of it.
 */
#include "check.h"

#include <argp.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <bpf/btf.h>

#include "effort.h"
#include "load_bpf.h"
#include "netdev_genl.h"
#include "netns.h"
#include "snapshot.h"
#include "sources.h"
#include "version.h"

#define EXIT_USAGE 2

/* Numbers of linux/capability.h; the C library's headers need not know the later ones. */
enum capability {
	CAPABILITY_SYS_ADMIN = 21,
	CAPABILITY_PERFMON = 38,
	CAPABILITY_BPF = 39,
};

struct check {
	bool all_well;
	uint64_t capabilities;
	struct sources from;
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
	sources_use(&c->from, fact, VIA_NETLINK, ret ? why : NULL);
}

static void check_netlink(struct check *c)
{
	static const char *const newer = "use Linux 6.12 or later";
	struct netdev_genl_error error = { 0 };
	struct netdev_genl *ng = netdev_genl_open(&error);

	if (!ng) {
		report(c, false, "netlink", "queues, bindings, page pools, driver statistics",
		       error.text, newer);
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

static bool capable(const struct check *c, enum capability cap)
{
	/* CAP_SYS_ADMIN stands for the two that were split off it. */
	if ((cap == CAPABILITY_BPF || cap == CAPABILITY_PERFMON) &&
	    c->capabilities & UINT64_C(1) << CAPABILITY_SYS_ADMIN)
		return true;
	return c->capabilities & UINT64_C(1) << cap;
}

static uint64_t effective_capabilities(void)
{
	unsigned long long caps = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	fclose(f);
	return caps;
}

/* Why a group of programs that the kernel could take did not load. */
static const char *refusal(const struct check *c, const char *said, const char **todo)
{
	if (!capable(c, CAPABILITY_BPF) || !capable(c, CAPABILITY_PERFMON)) {
		*todo = "run as root, or with CAP_BPF and CAP_PERFMON";
		return "BPF is not permitted to this process";
	}
	*todo = "see what the verifier says: DEVMEMTOP_DEBUG=1 devmemtop check";
	return said[0] ? said : "the kernel refused the BPF programs";
}

/* What a source needs of the kernel, besides BTF. */
struct need {
	const char *type; /* in the kernel's BTF */
	uint32_t kind;
	const char *why; /* it is not there */
	const char *todo;
};

#define NEEDS 3

struct bpf_source {
	enum source source;
	const char *name;
	const char *gives;
	struct need needs[NEEDS];
};

#define NEED_DEVMEM                                                                            \
	{                                                                                      \
		"net_devmem_dmabuf_binding", BTF_KIND_STRUCT, "this kernel has no devmem TCP", \
			"use Linux 6.12 or later with CONFIG_NET_DEVMEM=y"                     \
	}

static const struct bpf_source bpf_sources[] = {
	{ SOURCE_EVENTS,
	  "events",
	  "probes: ALLOC/s, FREE/s, FAIL/s, TOKEN/s, RST, DOWN, who bound what; see below",
	  { NEED_DEVMEM } },
	{ SOURCE_WALK,
	  "walk",
	  "page pools read by BPF: DMABUF, FREE, CACHE, RING, the queue of each pool",
	  { NEED_DEVMEM,
	    { "bpf_rcu_read_lock", BTF_KIND_FUNC,
	      "this kernel does not let BPF programs hold the RCU lock",
	      "use Linux 6.12 or later with CONFIG_BPF_SYSCALL=y" } } },
	{ SOURCE_SOCKETS,
	  "sockets",
	  "TCP sockets read by BPF: WHERE, USER, SOCKET, POSTED, OLDEST, who holds buffers",
	  { NEED_DEVMEM } },
};

/* Returns NULL when nothing is missing that the kernel's BTF tells about. */
static const struct need *missing(const struct btf *btf, const struct bpf_source *src)
{
	static const struct need no_btf = { .why = "no BTF in /sys/kernel/btf/vmlinux",
					    .todo = "use a kernel with CONFIG_DEBUG_INFO_BTF=y" };
	size_t i;

	if (!btf)
		return &no_btf;
	for (i = 0; i < NEEDS && src->needs[i].type; i++)
		if (btf__find_by_name_kind(btf, src->needs[i].type, src->needs[i].kind) <= 0)
			return &src->needs[i];
	return NULL;
}

/* "What is wrong: what to do", as load_bpf_open() says it. */
static void take_reason(struct sources *from, char *said)
{
	char *todo = strstr(said, ": ");

	if (todo)
		*todo = '\0';
	sources_none(from, said);
	if (todo)
		snprintf(from->todo, sizeof(from->todo), "%s", todo + 2);
}

static void check_bpf(struct check *c)
{
	struct btf *btf = btf__load_vmlinux_btf();
	unsigned int sources = 0;
	struct load_bpf *l;
	char said[256] = "";
	size_t i;

	sources_none(&c->from, "");
	l = load_bpf_open(&sources, said, sizeof(said));
	if (l)
		c->from = *load_bpf_from(l);
	for (i = 0; i < sizeof(bpf_sources) / sizeof(bpf_sources[0]); i++) {
		const struct bpf_source *src = &bpf_sources[i];
		const struct need *need = missing(btf, src);
		const char *why = NULL, *todo = NULL;
		bool ok = sources & 1U << src->source;

		if (!ok && need) {
			why = need->why;
			todo = need->todo;
		} else if (!ok) {
			why = refusal(c, said, &todo);
		}
		report(c, ok, src->name, src->gives, why, todo);
	}
	if (!l)
		take_reason(&c->from, said);
	load_bpf_close(l);
	btf__free(btf);
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
		sources_print_table(stdout);
		exit(EXIT_SUCCESS);
	case OPTION_EFFORT:
		ret = effort_print(stdout);
		if (ret < 0)
			errx(EXIT_FAILURE, "no BTF in /sys/kernel/btf/vmlinux: %s", strerror(-ret));
		exit(ret ? EXIT_FAILURE : EXIT_SUCCESS);
	case ARGP_KEY_ARG:
		warnx("unexpected argument '%s': see devmemtop check --help", arg);
		exit(EXIT_USAGE);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse_option,
	.doc = "Try every source of figures, say whether it can be used here and, if not, why and "
	       "what to do; then where each fact comes from.\vExit status: 0 when all can be used "
	       "and every fact is known; 1 otherwise; 2 for wrong options.",
};

int check_main(int argc, char **argv)
{
	static char name[] = "devmemtop check";
	struct check c = { .all_well = true };
	struct utsname uts;

	argv[0] = name;
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	c.capabilities = effective_capabilities();
	uname(&uts);
	printf("devmemtop " DEVMEMTOP_VERSION " on Linux %s\n", uts.release);
	check_bpf(&c);
	check_netlink(&c);
	printf("\nWhere each fact comes from:\n");
	if (!sources_print(&c.from, stdout))
		c.all_well = false;
	if (fflush(stdout))
		err(EXIT_FAILURE, "writing to standard output");
	return c.all_well ? EXIT_SUCCESS : EXIT_FAILURE;
}
